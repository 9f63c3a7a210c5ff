"""The format against a real kubeseal on the PATH, both ways.

`kubeseal --recovery-unseal` calls the very `Unseal` that the controller calls, so it stands for the controller here.
Nothing is opened unless all values of an object are, but what it refuses is told for each key: one call judges many.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hydrogitops.charts import workloads
from hydrogitops.secrets.sealing import Scope, SealingError, inspect, seal, unseal
from hydrogitops.source.reading import read
from tests import sealing_keys

KUBESEAL = shutil.which("kubeseal")
pytestmark = pytest.mark.skipif(
    KUBESEAL is None, reason="no kubeseal on the PATH: the format is not compared with the real one"
)

SCOPES: tuple[Scope, ...] = ("strict", "namespace-wide", "cluster-wide")
SIZES = (2048, 3072, 4096)
VALUES = {
    "empty": b"",
    "text": b"hunter2",
    "line": b"hunter2\n",
    "bytes": bytes(range(256)),
    "utf-8": "pässwörd – 合言葉".encode(),
    "large": bytes(i * i % 251 for i in range(100_000)),
}
NAMED = {"namespace": "hydrosphere", "name": "db"}
REFUSED = re.compile(r"(?:error: )?(illegal base64|no key)[^()]*\(([^()]*)\)")


def sealed_secret(values: Mapping[str, object], scope: Scope = "strict", **metadata: object) -> dict[str, Any]:
    annotations = {} if scope == "strict" else {f"sealedsecrets.bitnami.com/{scope}": "true"}
    return {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {**NAMED, "annotations": annotations, **metadata},
        "spec": {"encryptedData": dict(values)},
    }


class Kubeseal:
    """The real program, with keys in files of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def unseal(self, manifest: str, key: bytes) -> tuple[dict[str, bytes] | None, dict[str, str]]:
        """The Secret's data, None where nothing is opened; and what is said of each key that is not."""
        done = self._run(["--recovery-unseal", "--recovery-private-key", str(self._file(key))], manifest.encode())
        if done.returncode == 0:
            data = json.loads(done.stdout).get("data") or {}
            # An empty value is printed as null.
            return {name: base64.b64decode(value or "") for name, value in data.items()}, {}
        refused = {
            name: verdict for verdict, names in REFUSED.findall(done.stderr.decode()) for name in names.split(", ")
        }
        return None, refused

    def seal(self, values: Mapping[str, bytes], certificate: bytes, scope: Scope) -> dict[str, str]:
        data = {name: base64.b64encode(value).decode() for name, value in values.items()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": NAMED, "data": data}
        done = self._run(["--cert", str(self._file(certificate)), "--scope", scope], json.dumps(secret).encode())
        assert done.returncode == 0, done.stderr
        found: dict[str, str] = json.loads(done.stdout)["spec"]["encryptedData"]
        return found

    def seals_with(self, certificate: bytes) -> str | None:
        """A value sealed with that file; None where it is refused."""
        done = self._run(
            ["--cert", str(self._file(certificate)), "--raw", "--scope", "cluster-wide", "--from-file", "/dev/stdin"],
            b"hunter2",
        )
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def _file(self, content: bytes) -> Path:
        file = self.folder / f"{hash(content):x}.pem"
        file.write_bytes(content)
        return file

    @staticmethod
    def _run(arguments: list[str], given: bytes) -> subprocess.CompletedProcess[bytes]:
        assert KUBESEAL is not None
        return subprocess.run([KUBESEAL, *arguments], input=given, capture_output=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def kubeseal(tmp_path_factory: pytest.TempPathFactory) -> Kubeseal:
    return Kubeseal(tmp_path_factory.mktemp("keys"))


@pytest.mark.parametrize("bits", SIZES)
@pytest.mark.parametrize("scope", SCOPES)
def test_what_we_seal_the_controller_opens(kubeseal: Kubeseal, scope: Scope, bits: int) -> None:
    certificate, key = sealing_keys.certificate(bits)
    sealed = {name: seal(certificate, value, **NAMED, scope=scope) for name, value in VALUES.items()}
    assert kubeseal.unseal(json.dumps(sealed_secret(sealed, scope)), key) == (VALUES, {})


@pytest.mark.parametrize("bits", SIZES)
@pytest.mark.parametrize("scope", SCOPES)
def test_what_kubeseal_seals_we_open_and_judge(kubeseal: Kubeseal, scope: Scope, bits: int) -> None:
    certificate, key = sealing_keys.certificate(bits)
    sealed = kubeseal.seal(VALUES, certificate, scope)
    assert {name: unseal([key], text, **NAMED, scope=scope) for name, text in sealed.items()} == VALUES
    for name, value in VALUES.items():
        found = inspect(sealed[name], certificate)
        assert (found.key_bits, found.plaintext_length, found.problem) == (bits, len(value), None)


def verdict(text: str, key: bytes, **label: Any) -> str:
    """What we say of a text, in kubeseal's words."""
    try:
        unseal([key], text, **label)
    except SealingError as error:
        return "illegal base64" if "base64" in str(error) else "no key"
    return "opens"


def agree(kubeseal: Kubeseal, texts: list[str], certificate: bytes, key: bytes) -> list[str]:
    """The verdicts of kubeseal on the texts, which are ours as well."""
    names = {f"k{index:04}": text for index, text in enumerate(texts)}
    opened, refused = kubeseal.unseal(json.dumps(sealed_secret(names)), key)
    assert (opened is None) == bool(refused)
    theirs = {name: refused.get(name, "opens") for name in names}
    assert {name: verdict(text, key, **NAMED) for name, text in names.items()} == theirs
    for name, text in names.items():
        problem = inspect(text, certificate).problem
        # What we call a problem never opens; what is no base64 there is none here.
        assert problem is None or theirs[name] != "opens"
        assert (problem == "not-base64") == (theirs[name] == "illegal base64") or problem == "placeholder"
    opening = {name: text for name, text in names.items() if theirs[name] == "opens"}
    values, _ = kubeseal.unseal(json.dumps(sealed_secret(opening)), key)
    assert {name: unseal([key], text, **NAMED) for name, text in opening.items()} == (values or {})
    return list(theirs.values())


def spare_bits(text: str) -> str:
    """The same bytes, written with other spare bits before the padding."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    stem = text.rstrip("=")
    return stem[:-1] + alphabet[alphabet.index(stem[-1]) ^ (stem != text)] + text[len(stem) :]


def raw(change: Callable[[bytes], bytes]) -> Callable[[str], str]:
    return lambda text: base64.b64encode(change(base64.b64decode(text))).decode()


CHANGES: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "newline inside": lambda text: text[:76] + "\n" + text[76:],
    "newline behind": lambda text: text + "\n",
    "newline in front": lambda text: "\n" + text,
    "newline before the padding": lambda text: text[:-1] + "\n" + text[-1:],
    "CR LF": lambda text: text[:75] + "\r\n" + text[75:] + "\r\n",
    "CR": lambda text: text[:75] + "\r" + text[75:],
    "wrapped": lambda text: "\n".join(text[at : at + 64] for at in range(0, len(text), 64)),
    "blank inside": lambda text: text[:76] + " " + text[76:],
    "blank behind": lambda text: text + " ",
    "blank in front": lambda text: " " + text,
    "tab": lambda text: text + "\t",
    "vertical tab": lambda text: text[:76] + "\v" + text[76:],
    "form feed": lambda text: text + "\f",
    "no-break space": lambda text: text + "\u00a0",
    "line separator": lambda text: text + "\u2028",
    "zero-width space": lambda text: text[:80] + "\u200b" + text[80:],
    "byte order mark": lambda text: "\ufeff" + text,
    "wide letter": lambda text: "\uff21" + text[1:],
    "NUL": lambda text: text + "\0",
    "no padding": lambda text: text.rstrip("="),
    "padding once more": lambda text: text + "=",
    "four paddings": lambda text: text + "====",
    "padding in front": lambda text: "==" + text,
    "padding in the middle": lambda text: text[:80] + "==" + text[80:],
    "two texts in a row": lambda text: text + text,
    "spare bits": spare_bits,
    "URL alphabet": lambda text: "-_" + text[2:],
    "one letter less": lambda text: text[:-1],
    "four letters less": lambda text: text[:-4],
    "a byte less": raw(lambda value: value[:-1]),
    "a byte more": raw(lambda value: value + b"\0"),
    "100 bytes": raw(lambda value: value[:100]),
    "one byte": raw(lambda value: value[:1]),
    "two bytes": raw(lambda value: value[:2]),
    "RSA block alone": raw(lambda value: value[:258]),
    "RSA block and half a tag": raw(lambda value: value[:266]),
    "no RSA block": raw(lambda value: value[:2] + value[258:]),
    "larger block stated": raw(lambda value: b"\x01\x01" + value[2:]),
    "smaller block stated": raw(lambda value: b"\x00\xff" + value[2:]),
    "largest block stated": raw(lambda value: b"\xff\xff" + value[2:]),
    "block with a zero in front": raw(lambda value: b"\x01\x01\x00" + value[2:]),
    "little-endian": raw(lambda value: b"\x00\x01" + value[2:]),
    "base64 of base64": lambda text: base64.b64encode(text.encode()).decode(),
    "block of ones": raw(lambda value: value[:2] + b"\xff" * 256 + value[258:]),
    "block of zeros": raw(lambda value: value[:2] + bytes(256) + value[258:]),
    "word": lambda _: "CHANGEME",
    "our mark": lambda _: "__UNSEALED__",
    "base64 word": lambda _: "UNSEALED",
    "empty": lambda _: "",
    "only a newline": lambda _: "\n",
    "AgA=": lambda _: "AgA=",
    "plain": lambda _: base64.b64encode(b"hunter2").decode(),
    "only padding": lambda _: "====",
    "one letter": lambda _: "A",
}


def test_the_decoder_agrees_with_kubeseal_on_each_edge(kubeseal: Kubeseal) -> None:
    certificate, key = sealing_keys.certificate()
    # Lengths with each number of paddings.
    texts = [change(seal(certificate, b"x" * size, **NAMED)) for size in range(3) for change in CHANGES.values()]
    assert set(agree(kubeseal, texts, certificate, key)) == {"opens", "illegal base64", "no key"}


def test_a_block_whose_leading_zero_is_gone(kubeseal: Kubeseal) -> None:
    certificate, key = sealing_keys.certificate()
    sealed = (base64.b64decode(seal(certificate, b"hunter2", **NAMED)) for _ in range(100_000))
    value = next(one for one in sealed if one[2] == 0)
    text = base64.b64encode(b"\x00\xff" + value[3:]).decode()
    theirs, _ = kubeseal.unseal(json.dumps(sealed_secret({"password": text})), key)
    assert theirs == {"password": unseal([key], text, **NAMED)}


def drawn(sealed: list[str]) -> st.SearchStrategy[str]:
    text, place = st.sampled_from(sealed), st.integers(0, 400)
    piece = st.text("AZaz09+/=-_ \r\n\t\u00e9", max_size=4)
    edited = st.builds(lambda t, at, gone, new: t[:at] + new + t[at + gone :], text, place, st.integers(0, 5), piece)
    flipped = st.builds(
        lambda t, at, bit: raw(lambda v: v[: at % len(v)] + bytes([v[at % len(v)] ^ 1 << bit]) + v[at % len(v) + 1 :])(
            t
        ),
        text,
        place,
        st.integers(0, 7),
    )
    cut = st.builds(lambda t, at: raw(lambda v: v[:at])(t), text, place)
    free = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
    return st.one_of(
        text, edited, edited, flipped, cut, free, st.binary(max_size=300).map(base64.b64encode).map(bytes.decode)
    )


def test_the_decoder_agrees_with_kubeseal_on_corrupted_texts(kubeseal: Kubeseal) -> None:
    certificate, key = sealing_keys.certificate()
    sealed = [seal(certificate, b"x" * size, **NAMED) for size in range(6)]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(drawn(sealed), min_size=20, max_size=80))
    def holds(texts: list[str]) -> None:
        agree(kubeseal, texts, certificate, key)

    holds()


MANIFEST = """\
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  namespace: hydrosphere
{metadata}spec:
  encryptedData:
{values}  template:
    metadata:
      name: db
{template}"""
ANNOTATED = "  annotations:\n    sealedsecrets.bitnami.com/{}: {}\n"
WIDE = ANNOTATED.format("namespace-wide", '"true"')
CLUSTER = ANNOTATED.format("cluster-wide", '"true"')


def fields(values: str = "    password: {}\n", metadata: str = "", template: str = "") -> dict[str, str]:
    return {"values": values, "metadata": metadata, "template": template}


@pytest.mark.parametrize("sealed_for", SCOPES)
@pytest.mark.parametrize(
    "written",
    [
        fields(),
        fields("    another: {}\n"),
        fields("    password: |\n      {}\n"),
        fields('    password: "{}"\n'),
        fields("    password: >-\n      {}\n      {}\n"),
        fields("    password: 12\n"),
        fields("    password: null\n"),
        fields("    password: {{a: b}}\n"),
        fields("    password: ''\n"),
        fields("    password: __UNSEALED__\n    password: {}\n"),
        fields("    password: {}\n    password: __UNSEALED__\n"),
        fields("    y: {}\n"),
        fields(metadata=WIDE),
        fields(metadata=CLUSTER),
        fields(metadata=WIDE + CLUSTER.replace("  annotations:\n", "")),
        fields(metadata=ANNOTATED.format("namespace-wide", '"True"')),
        fields(metadata=ANNOTATED.format("cluster-wide", '"false"')),
        fields(metadata=ANNOTATED.format("clusterwide", '"true"')),
        fields(metadata=ANNOTATED.format("cluster-wide", "''")),
        fields(template=WIDE.replace("  ", "      ", 1).replace("    sealed", "        sealed")),
        fields(template="      namespace: elsewhere\n"),
        fields(template="    data:\n      url: '{{{{ index . \"password\" }}}}'\n"),
        {**fields(), "name": "db-v2"},
        {**fields(), "namespace": "production"},
        {**fields(metadata=WIDE), "name": "db-v2"},
        {**fields(metadata=CLUSTER), "namespace": "production"},
    ],
)
def test_a_manifest_opens_where_kubeseal_opens_it(
    kubeseal: Kubeseal, written: dict[str, str], sealed_for: Scope
) -> None:
    certificate, key = sealing_keys.certificate()
    text = seal(certificate, b"hunter2", **NAMED, scope=sealed_for)
    values = written["values"]
    halves = (text[:100], text[100:]) if values.count("{}") == 2 and ">-" in values else (text, text)
    manifest = MANIFEST.format(
        values=values.format(*halves),
        metadata=written["metadata"],
        template=written["template"].replace("{{{{", "{{").replace("}}}}", "}}"),
    )
    for field in ("name", "namespace"):
        manifest = manifest.replace(
            f"  {field}: {NAMED[field]}\n", f"  {field}: {written.get(field, NAMED[field])}\n", 1
        )
    theirs, refused = kubeseal.unseal(manifest, key)

    (secret,) = workloads.sealed_secrets(workloads.objects(read("db.yaml", manifest)))
    label: dict[str, Any] = {"namespace": secret.namespace, "name": secret.name, "scope": secret.scope}
    # What is no string is an empty one to the controller.
    texts = {name: value if isinstance(value, str) else "" for name, value in secret.keys.items()}
    ours = {name: verdict(value, key, **label) for name, value in texts.items()}
    if theirs is None:
        assert {name: said for name, said in ours.items() if said != "opens"} == refused
    else:
        assert {name: unseal([key], value, **label) for name, value in texts.items()} == {
            name: value for name, value in theirs.items() if name in texts
        }


PEM, KEY = sealing_keys.certificate()
SECOND = sealing_keys.certificate(which=1)[0]
GONE = sealing_keys.certificate(not_after=datetime(2024, 2, 1, tzinfo=UTC))[0]
TO_COME = sealing_keys.certificate(not_before=datetime(2043, 1, 1, tzinfo=UTC))[0]
EC = sealing_keys.not_rsa()[0]


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(PEM, id="one"),
        pytest.param(PEM + SECOND, id="two"),
        pytest.param(PEM + GONE, id="expired second"),
        pytest.param(GONE + PEM, id="expired first"),
        pytest.param(TO_COME, id="not yet valid"),
        pytest.param(EC, id="not RSA"),
        pytest.param(EC + PEM, id="not RSA first"),
        pytest.param(PEM + EC, id="not RSA second"),
        pytest.param(KEY + PEM, id="key in front"),
        pytest.param(KEY, id="key"),
        pytest.param(b"", id="empty"),
        pytest.param(b"subject=CN = sealed-secret\n\n" + PEM, id="words in front"),
        pytest.param(PEM + b"words behind\n", id="words behind"),
        pytest.param(PEM.replace(b"\n", b"\r\n"), id="CR LF"),
        pytest.param(PEM.rstrip(), id="no last line end"),
        pytest.param(PEM[:-40], id="cut"),
        pytest.param(PEM.replace(PEM.splitlines(keepends=True)[3], b""), id="a line less"),
        pytest.param(PEM + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="broken second"),
        pytest.param(sealing_keys.certificate(1024)[0], id="1024 bits"),
    ],
)
def test_a_certificate_is_taken_where_kubeseal_takes_it(kubeseal: Kubeseal, file: bytes) -> None:
    theirs = kubeseal.seals_with(file)
    try:
        ours = seal(file, b"hunter2", scope="cluster-wide")
    except SealingError:
        ours = None
    assert (ours is None) == (theirs is None)
    keys = [KEY, sealing_keys.certificate(1024)[1]]
    assert {unseal(keys, text, scope="cluster-wide") for text in (ours, theirs) if text is not None} <= {b"hunter2"}

"""Rules on one sealed value: each found and its near miss, one finding a value, and never a word of what is in it."""

from __future__ import annotations

import base64
import json
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.model import Finding, UserError
from hydrogitops.secrets.sealing import seal
from tests.sealing_keys import certificate

from .small import judge, place, release, told

VALUE = tuple(
    f"secrets/{name}"
    for name in (
        *("non-string", "placeholder", "not-base64", "plain-base64", "bad-prefix", "too-short"),
        *("key-size-mismatch", "wrong-certificate"),
    )
)
LENGTHS = ("secrets/short-plaintext", "secrets/length-contract", "secrets/size")
ALL = (*VALUE, *LENGTHS, "values/yaml-trap")
PLAIN = "correct-horse-battery"
PEM, OLD = "environments/plain/sealing.pem", "environments/plain/sealing-old/2025.pem"
CONFIGURATION = ".hydrogitops.yaml"


@cache
def sealed(text: str = PLAIN, *, bits: int = 2048, which: int = 0, name: str = "db") -> str:
    return seal(certificate(bits, which=which)[0], text.encode(), namespace="ml", name=name)


def pem(bits: int = 2048, which: int = 0) -> str:
    return certificate(bits, which=which)[0].decode()


def manifest(*lines: str, name: str = "db", more: str = "") -> str:
    keys = "".join(f"    {line}\n" for line in lines)
    return (
        f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: {name}, namespace: ml}}\n"
        f"spec:\n  encryptedData:\n{keys}{more}"
    )


def findings(root: Path, files: Mapping[str, str], rules: tuple[str, ...] = ALL) -> tuple[Finding, ...]:
    return judge(root, {"db.yaml": "", **files}, rules)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def headed(block: int, size: int) -> str:
    """Bytes that announce an RSA block of that length, `size` in all."""
    return b64((block.to_bytes(2, "big") + bytes(range(128, 256)) * (size // 128 + 1))[:size])


URLS = headed(256, 300).replace("+", "-").replace("/", "_")
VALUES = {
    "not-base64": ("error", [
        "AgB!", "AgBxyz", f'"{headed(256, 300)[:40]} {headed(256, 300)[40:]}"', URLS[:200] + "_-8=", headed(256, 301).rstrip("=") or "A",
        '"AgBé"', '"=AgB"',
    ]),
    "plain-base64": ("error", [b64(PLAIN.encode()), b64(b"hunter2\n"), b64("pässwörd".encode()), b64(b64(PLAIN.encode()).encode())]),
    "bad-prefix": ("error", [headed(300, 400), headed(2048, 3000), headed(0, 300), headed(128, 145), b64(bytes(range(200, 240)))]),
    "too-short": ("error", [headed(256, 273), headed(512, 529), headed(384, 2), "AA==", '""', headed(1024, 1041)]),
    "placeholder": ("warning", ["__UNSEALED__", "CHANGEME", "'<sealed>'", "'${DB}'"]),
    "non-string": ("error", ["12345678", "true", "0o17", "[a]", "{a: b}", "", "~", "0777", "yes", "1.5"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "severity", "value"),
    [(rule, severity, value) for rule, (severity, values) in VALUES.items() for value in values],
)
def test_one_finding_a_value(tmp_path: Path, rule: str, severity: str, value: str) -> None:
    text = manifest(f"k: {value}")
    (found,) = findings(tmp_path, {"db.yaml": text})
    at = place(text, f" {value}\n") if value else place(text, "k: ")
    assert told((found,)) == [(f"secrets/{rule}", severity, "db.yaml", at[0], at[1] + bool(value))]
    assert found.fix is not None
    if rule not in ("placeholder",):
        assert "hydrogitops seal --env plain --replace db k" in found.fix.description
        assert found.fix.edits == ()


@pytest.mark.parametrize(
    "value", [value for rule, (_, values) in VALUES.items() if rule != "placeholder" for value in values]
)
def test_nothing_of_a_value_is_said(tmp_path: Path, value: str) -> None:
    (found,) = findings(tmp_path, {"db.yaml": manifest(f"k: {value}")})
    told_ = json.dumps(
        [found.message, found.label, found.fix.description if found.fix else "", *(r.message for r in found.related)]
    )
    for part in (value.strip("'\""), value.strip("'\"")[:6], PLAIN, "hunter2"):
        if len(part) > 3 and part not in ("true",):
            assert part not in told_


def folded(value: str, style: str) -> str:
    return f"k: {style}\n" + "".join(f"      {line}\n" for line in textwrap.wrap(value, 76))


@pytest.mark.parametrize(
    "line",
    [
        f"k: {sealed()}",
        f'k: "{sealed()}"',
        folded(sealed(), "|"),
        folded(sealed(), "|-"),
        f'k: "{sealed()[:80]}\\r\\n{sealed()[80:]}"',
        f"k: {headed(256, 274 + 8)}",
        f"k: {headed(384, 402 + 8)}",
        f"k: {headed(512, 530 + 8)}",
        f"k: {headed(1024, 1042 + 8)}",
    ],
)
def test_what_may_open_is_left_alone(tmp_path: Path, line: str) -> None:
    assert findings(tmp_path, {"db.yaml": manifest(line)}) == ()


def test_a_value_that_is_folded_has_blanks(tmp_path: Path) -> None:
    text = manifest(folded(sealed(), ">-"))
    assert told(findings(tmp_path, {"db.yaml": text})) == [("secrets/not-base64", "error", "db.yaml", 6, 8)]


# Certificates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bits", "files", "expected"),
    [
        (3072, {PEM: pem(2048)}, "secrets/key-size-mismatch"),
        (2048, {PEM: pem(3072)}, "secrets/key-size-mismatch"),
        (2048, {PEM: pem(3072), OLD: pem(2048)}, None),
        (2048, {PEM: pem(3072) + pem(2048)}, None),
        (3072, {PEM: pem(2048), OLD: pem(2048, 1)}, "secrets/key-size-mismatch"),
        (3072, {}, None),
        (3072, {PEM: "unreadable", OLD: pem(2048)}, None),
        (3072, {"environments/prod/sealing.pem": pem(2048)}, None),
    ],
)
def test_the_size_of_the_key(tmp_path: Path, bits: int, files: dict[str, str], expected: str | None) -> None:
    found = findings(tmp_path, {"db.yaml": manifest(f"k: {sealed(bits=bits)}"), **files})
    assert [(one.rule, one.severity) for one in found] == ([(expected, "error")] if expected else [])
    assert all([related.file for related in one.related] == [PEM] for one in found)


@pytest.mark.parametrize(
    ("files", "severity"),
    [({}, "warning"), ({PEM: "rsa-1024"}, "warning"), ({PEM: pem(2048)}, "error")],
)
def test_a_small_key_opens_where_the_cluster_has_one(tmp_path: Path, files: dict[str, str], severity: str) -> None:
    files = {name: pem(1024) if text == "rsa-1024" else text for name, text in files.items()}
    found = findings(tmp_path, {"db.yaml": manifest(f"k: {headed(128, 150)}"), **files})
    assert [(one.rule, one.severity) for one in found] == [("secrets/bad-prefix", severity)]


def beyond(low: int, high: int) -> str:
    """A value sealed with the key `high` whose block is not below the modulus of `low`."""
    from hydrogitops.secrets.certificates import read

    modulus = read(pem(which=low).encode())[0].modulus
    assert modulus < read(pem(which=high).encode())[0].modulus
    for number in count():
        value = sealed(f"{PLAIN}{number}", which=high)
        if int.from_bytes(base64.b64decode(value)[2:258], "big") >= modulus:
            return value
    raise AssertionError


@cache
def by_modulus() -> tuple[int, int]:
    from hydrogitops.secrets.certificates import read

    first, second = sorted((0, 1), key=lambda which: read(pem(which=which).encode())[0].modulus)
    return first, second


@pytest.mark.parametrize(
    ("known", "parameters", "severity"),
    [
        (("low",), "", "warning"),
        (("low",), "{complete: false}", "warning"),
        (("low",), "{complete: true}", "error"),
        (("low", "high"), "{complete: true}", None),
        (("high",), "{complete: true}", None),
    ],
)
def test_a_block_beyond_every_modulus(
    tmp_path: Path, known: tuple[str, ...], parameters: str, severity: str | None
) -> None:
    low, high = by_modulus()
    which = {"low": low, "high": high}
    files = {"db.yaml": manifest(f"k: {beyond(low, high)}")}
    files |= dict(zip((PEM, OLD), (pem(which=which[one]) for one in known), strict=False))
    if parameters:
        files[CONFIGURATION] = f"version: 1\nrules: {{secrets/wrong-certificate: {{parameters: {parameters}}}}}\n"
    found = findings(tmp_path, files)
    expected = [] if severity is None else [("secrets/wrong-certificate", severity)]
    assert [(one.rule, one.severity) for one in found] == expected


# Lengths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plain", "parameters", "severity"),
    [
        ("", "", "warning"),
        ("4711", "", "info"),
        ("1234567", "", "info"),
        ("12345678", "", None),
        ("4711", "{bytes: 4}", None),
        ("", "{bytes: 0}", "warning"),
    ],
)
def test_a_short_plaintext(tmp_path: Path, plain: str, parameters: str, severity: str | None) -> None:
    files = {"db.yaml": manifest(f"k: {sealed(plain)}")}
    if parameters:
        files[CONFIGURATION] = f"version: 1\nrules: {{secrets/short-plaintext: {{parameters: {parameters}}}}}\n"
    expected = [] if severity is None else [("secrets/short-plaintext", severity)]
    assert [(one.rule, one.severity) for one in findings(tmp_path, files)] == expected


@pytest.mark.parametrize(
    ("plain", "lengths", "words"),
    [
        ("x" * 33, "{db/k: 32}", "newline"),
        ("x" * 34, "{db/k: 32}", "newline"),
        ("x" * 35, "{k: 32}", "exactly 32"),
        ("x" * 31, "{k: 32}", "exactly 32"),
        ("x" * 65, "{k: [8, 64]}", "8 to 64"),
        ("x" * 9, "{k: [10, null]}", "at least 10"),
        ("x" * 12, "{k: [null, 10]}", "at most 10"),
        ("x" * 32, "{db/k: 32}", None),
        ("x" * 33, "{db/k: 33, k: 32}", None),
        ("x" * 33, "{other/k: 32, j: 32}", None),
        ("x" * 8, "{k: [8, 64]}", None),
        ("x" * 64, "{k: [8, 64]}", None),
        ("x" * 64, "none", None),
    ],
)
def test_stated_lengths(tmp_path: Path, plain: str, lengths: str, words: str | None) -> None:
    configuration = f"version: 1\nrules: {{secrets/length-contract: {{parameters: {{lengths: {lengths}}}}}}}\n"
    found = findings(tmp_path, {"db.yaml": manifest(f"k: {sealed(plain)}"), CONFIGURATION: configuration})
    assert [(one.rule, one.severity) for one in found] == ([("secrets/length-contract", "error")] if words else [])
    assert all(str(words) in one.message for one in found)


@pytest.mark.parametrize("lengths", ["32", "{k: many}", "{k: [1, 2, 3]}", "{k: -1}", "{k: null}", "{k: true}"])
def test_a_length_that_is_none_is_refused(tmp_path: Path, lengths: str) -> None:
    configuration = f"version: 1\nrules: {{secrets/length-contract: {{parameters: {{lengths: {lengths}}}}}}}\n"
    with pytest.raises(UserError, match="secrets/length-contract"):
        findings(tmp_path, {"db.yaml": manifest(f"k: {sealed()}"), CONFIGURATION: configuration})


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ({"hydro-mongodb": {"mongodb-replica-set-key": "x" * 1025}}, "6 to 1024"),
        ({"hydro-mongodb": {"mongodb-replica-set-key": "x" * 1024}}, None),
        ({"hydro-aws-secret": {"awsSecretAccessKey": "x" * 7}}, "at least 8"),
        ({"hydro-aws-secret": {"other": "x" * 7}}, None),
        ({"other-aws-secret": {"awsSecretAccessKey": "x" * 7}}, None),
        ({"hydro-minio": {"secret-key": "x" * 20}, "hydro-aws-secret": {"awsSecretAccessKey": "x" * 21}}, "repeat"),
        ({"hydro-minio": {"secret-key": "x" * 20}, "hydro-aws-secret": {"awsSecretAccessKey": "x" * 20}}, None),
        ({"hydro-minio": {"secret-key": "x" * 20}, "hydro-aws-secret": {"other": "x" * 21}}, None),
    ],
)
def test_the_lengths_of_the_chart(tmp_path: Path, objects: dict[str, dict[str, str]], expected: str | None) -> None:
    files = release("mongodb: {replicaSet: {enabled: true}}\n")
    for name, keys in objects.items():
        text = manifest(*(f"{key}: {sealed(plain, name=name)}" for key, plain in keys.items()), name=name)
        files[f"envs/prod/{name}.yaml"] = text.replace("namespace: ml", "namespace: hydrosphere")
    files["envs/prod/kustomization.yaml"] += f"resources: [{', '.join(f'{name}.yaml' for name in objects)}]\n"
    found = judge(tmp_path, files, ("secrets/length-contract",))
    assert len(found) == bool(expected)
    assert all(str(expected) in one.message for one in found)


def test_more_than_a_secret_holds(tmp_path: Path) -> None:
    half = seal(certificate()[0], bytes(512 * 1024), namespace="ml", name="db")
    text = manifest(f"a: {half}", f"b: {half}")
    assert findings(tmp_path, {"db.yaml": text}) == ()
    text = manifest(f"a: {half}", f"b: {half}", f"c: {sealed()}")
    assert told(findings(tmp_path, {"db.yaml": text})) == [("secrets/size", "error", "db.yaml", 5, 3)]


# What YAML reads as something else --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ("k: ", "y: ", ["secrets/non-string"]),
        ("k: ", "off: ", ["secrets/non-string"]),
        ("k: ", "1: ", ["secrets/non-string"]),
        ("k: ", "0x1F: ", ["secrets/non-string"]),
        ("k: ", "true: ", ["secrets/non-string"]),
        ("name: db", "name: n", ["secrets/non-string"]),
        ("name: db", "name: 12", ["secrets/non-string"]),
        ("namespace: ml", "namespace: on", ["secrets/non-string"]),
        ("k: ", '"y": ', []),
        ("k: ", "'1': ", []),
        ("k: ", "!!str 1: ", []),
        ("k: ", "yy: ", []),
        ("k: ", "1a: ", []),
        ("name: db", 'name: "n"', []),
        ("name: db", "name: db-12", []),
    ],
)
def test_names_and_keys(tmp_path: Path, old: str, new: str, rules: list[str]) -> None:
    text = manifest(f"k: {sealed()}").replace(old, new, 1)
    found = findings(tmp_path, {"db.yaml": text})
    assert [one.rule for one in found] == rules
    for one in found:
        word = new.removesuffix(": ").removeprefix("name: ").removeprefix("namespace: ")
        line, column = place(text, f"    {new}" if new.endswith(": ") else new)
        assert (one.line, one.column) == (line, column + (4 if new.endswith(": ") else len(new) - len(word)))
        assert one.fix is not None
        (edit,) = one.fix.edits
        assert edit.text == f'"{word}"'


@pytest.mark.parametrize("name", ["n", "yes", "12", "1e3"])
def test_a_name_that_kustomize_takes_for_a_text(tmp_path: Path, name: str) -> None:
    text = manifest(f"k: {sealed()}").replace("name: db", f"name: {name}", 1)
    found = findings(tmp_path, {"kustomization.yaml": "resources: [db.yaml]\n", "db.yaml": text})
    line, column = place(text, f"name: {name}")
    assert [(one.rule, one.file, one.line, one.column) for one in found] == [
        ("secrets/non-string", "db.yaml", line, column + len("name: "))
    ]


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        ("      port: 5432\n", ["secrets/non-string"]),
        ("      y: text\n", ["secrets/non-string"]),
        ('      port: "5432"\n', []),
        ("      port: null\n", []),
    ],
)
def test_templates(tmp_path: Path, data: str, rules: list[str]) -> None:
    text = manifest(f"k: {sealed()}", more=f"  template:\n    data:\n{data}")
    assert [one.rule for one in findings(tmp_path, {"db.yaml": text})] == rules


@pytest.mark.parametrize("value", ["[]", "AgB", "", "12"])
def test_no_map(tmp_path: Path, value: str) -> None:
    text = manifest(more="  template: {data: {a: b}}\n").replace("encryptedData:", f"encryptedData: {value}")
    (found,) = findings(tmp_path, {"db.yaml": text}, (*ALL, "secrets/empty"))
    assert told((found,)) == [("secrets/non-string", "error", "db.yaml", 5, 3)]


def test_a_misread_key_and_its_value_are_one_finding(tmp_path: Path) -> None:
    text = manifest("y: AgB!")
    (found,) = findings(tmp_path, {"db.yaml": text})
    assert (found.rule, found.severity, found.line) == ("secrets/non-string", "error", 6)
    assert any("not-base64" in related.message for related in found.related)


def test_a_misread_key_and_its_placeholder_are_one_finding(tmp_path: Path) -> None:
    text = manifest("y: __UNSEALED__")
    (found,) = findings(tmp_path, {"db.yaml": text})
    assert (found.rule, found.severity, found.line) == ("secrets/non-string", "error", 6)


@pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
def test_an_engine_that_makes_texts_of_them(tmp_path: Path) -> None:
    """kustomize keeps `y`, which every other reader of the file takes for `true`, and makes a text of `yes`."""
    text = manifest("y: AgB!", "k: yes", f"j: {sealed()}")
    found = judge(tmp_path, {"db.yaml": text, "kustomization.yaml": "resources: [db.yaml]\n"}, ALL, render=True)
    assert [(one.rule, one.line) for one in found] == [("secrets/non-string", 6), ("secrets/non-string", 7)]


@pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")
def test_the_command_names_the_object_as_in_its_file(tmp_path: Path) -> None:
    files = {"db.yaml": manifest("k: AgB!"), "kustomization.yaml": "resources: [db.yaml]\nnamePrefix: prod-\n"}
    (found,) = judge(tmp_path, files, ("secrets/not-base64",), render=True)
    assert found.message.startswith("prod-db: k ")
    assert found.fix is not None
    assert found.fix.description.endswith("--replace db k")


def test_an_object_of_a_list(tmp_path: Path) -> None:
    one = textwrap.indent(manifest("y: AgB!", f"j: {sealed()}", "k: 12"), "    ")
    text = f"apiVersion: v1\nkind: List\nitems:\n  - {one.lstrip()}"
    found = findings(tmp_path, {"db.yaml": text})
    assert [(finding.rule, finding.line) for finding in found] == [
        ("secrets/non-string", 9),
        ("secrets/non-string", 11),
    ]

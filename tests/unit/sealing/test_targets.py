"""Which scalar a key of an applied SealedSecret is written as, and which object and environment a name means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.model import UserError
from hydrogitops.sealing.place import Value, check, put
from hydrogitops.sealing.targets import environment_of, find, listed, open_repository
from hydrogitops.secrets import records
from tests.sealing_keys import certificate

from .plain import AT, KEY, opened, repository, sealed_secret, tree, write

engines = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")

CONFIGURATION = "version: 1\nenvironments:\n  dev: {profile: dev}\n  prod: {profile: production}\n"


def overlays(
    root: Path, dev: str, prod: str, *, base: str = "", files: Mapping[str, str | bytes] | None = None
) -> Path:
    """A base with the SealedSecret `db`, and two environments over it, each with the same certificate."""
    pem = certificate()[0]
    kept: dict[str, str | bytes] = {
        ".hydrogitops.yaml": CONFIGURATION,
        "base/kustomization.yaml": "resources: [db.yaml]\n",
        "base/db.yaml": base or sealed_secret(),
        "envs/dev/kustomization.yaml": f"resources: [../../base]\n{dev}",
        "envs/prod/kustomization.yaml": f"resources: [../../base]\n{prod}",
        "environments/dev/sealing.pem": pem,
        "environments/prod/sealing.pem": pem,
        **(files or {}),
    }
    write(root, kept)
    (root / "environments/plain/sealing.pem").unlink()
    return root


def test_names_in_words() -> None:
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "none", "a", "a and b", "a, b and c",
    ]  # fmt: skip


def test_every_key_where_it_is_written(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "b.yaml": sealed_secret("two", keys=["z", "a", "m"]) + "---\n" + sealed_secret("one"),
        "a.yaml": sealed_secret("three"),
    }
    found = repository(tmp_path, files).targets("plain")
    places = [(one.title, one.place and one.place.file, one.place and one.place.document, one.state) for one in found]
    assert places == [
        ("three/password", "a.yaml", 0, "placeholder"),
        ("two/z", "b.yaml", 0, "placeholder"),
        ("two/a", "b.yaml", 0, "placeholder"),
        ("two/m", "b.yaml", 0, "placeholder"),
        ("one/password", "b.yaml", 1, "placeholder"),
    ]


def test_one_name_in_two_namespaces_is_two_documents(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.yaml": sealed_secret(namespace="a"), "b.yaml": sealed_secret(namespace="b")}
    here = repository(tmp_path, files)
    assert [(one.secret.namespace, one.place and one.place.file) for one in here.targets("plain")] == [
        ("a", "a.yaml"),
        ("b", "b.yaml"),
    ]
    with pytest.raises(UserError, match="several SealedSecrets of that name, in a and b"):
        find(here, "plain", "db", None)


@pytest.mark.parametrize(
    ("name", "key", "message", "hint"),
    [
        ("dbb", "password", "no SealedSecret of that name", "did you mean db?"),
        ("canary", "password", "no SealedSecret of that name", "there are: db"),
        ("db", "pasword", "has no such key", "did you mean password?"),
        ("db", "canary", "has no such key", "there are: password"),
    ],
)
def test_unknown_names_are_not_repeated(tmp_path: Path, name: str, key: str, message: str, hint: str) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret()})
    with pytest.raises(UserError, match=message) as refused:
        find(here, "plain", name, key)
    assert refused.value.hint == hint
    assert "canary" not in refused.value.message
    if name != "db":
        with pytest.raises(UserError, match="no environment has a SealedSecret of that name") as refused:
            environment_of(here, None, name)
        assert "canary" not in f"{refused.value.message}{refused.value.hint}"


def test_an_unknown_environment(tmp_path: Path) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret()})
    with pytest.raises(UserError, match="there is no environment plane") as refused:
        environment_of(here, "plane", "db")
    assert refused.value.hint == "did you mean plain?"
    assert environment_of(here, "plain", "db") == environment_of(here, None, "db") == "plain"


@pytest.mark.parametrize(
    ("record", "state"),
    [
        ({}, "sealed"),
        ({"certificate": "0" * 64}, "stale"),
        ({"namespace": "elsewhere"}, "wrong label"),
        ({"name": "old"}, "wrong label"),
        ({"scope": "cluster-wide"}, "wrong label"),
        ({"ciphertext": "0" * 64, "name": "old"}, "sealed"),
    ],
)
def test_states_of_sealed_values(tmp_path: Path, record: dict[str, str], state: str) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret()})
    target = find(here, "plain", "db", "password")[0]
    put(here, [Value(target, b"x")], AT)
    file = tmp_path / records.file("plain")
    known = records.read(file.read_text())["db/password"]
    changed = {**known._asdict(), **record}
    # Under another name too: a record is known by the ciphertext that it speaks of.
    file.write_text(records.write({"moved/password": records.Record(**changed)}))
    again = find(open_repository(tmp_path), "plain", "db", "password")[0]
    assert again.state == state
    assert (again.record is None) == ("ciphertext" in record)


@engines
@pytest.mark.parametrize(
    ("overlay", "label"),
    [
        ("", ("data", "db")),
        ("namespace: other\n", ("other", "db")),
        ("namePrefix: x-\n", ("data", "x-db")),
        ("nameSuffix: -x\nnamespace: other\n", ("other", "db-x")),
    ],
)
def test_the_label_is_that_of_the_object_as_rendered(tmp_path: Path, overlay: str, label: tuple[str, str]) -> None:
    # One environment alone reads the base.
    root = overlays(tmp_path, overlay, "", files={"envs/prod/kustomization.yaml": "resources: [other.yaml]\n",
                                                  "envs/prod/other.yaml": sealed_secret("other")})  # fmt: skip
    here = open_repository(root)
    assert environment_of(here, None, "db") == "dev"
    target = find(here, "dev", "db", "password")[0]
    check(here, [target], AT, replace=False)
    done = put(here, [Value(target, b"canary")], AT)
    assert done.files == ("base/db.yaml", "environments/dev/sealed.json")
    again = find(open_repository(root), "dev", "db", "password")[0]
    assert again.state == "sealed" and isinstance(again.value, str)
    assert opened(again.value, namespace=label[0], name=label[1]) == b"canary"


@engines
def test_a_prefix_over_names_that_hold_each_other(tmp_path: Path) -> None:
    base = sealed_secret("db") + "---\n" + sealed_secret("db-admin") + "---\n" + sealed_secret("a-db")
    root = overlays(tmp_path, "namePrefix: x-\n", "", base=base)
    found = open_repository(root).targets("dev")
    assert [(one.written, one.secret.name, one.place and one.place.document) for one in found] == [
        ("db", "x-db", 0),
        ("db-admin", "x-db-admin", 1),
        ("a-db", "x-a-db", 2),
    ]


@engines
def test_environments_that_read_one_line_and_agree(tmp_path: Path) -> None:
    root = overlays(tmp_path, "", "")
    here = open_repository(root)
    with pytest.raises(UserError, match="dev and prod have a SealedSecret of that name"):
        environment_of(here, None, "db")
    target = find(here, "dev", "db", "password")[0]
    check(here, [target], AT, replace=False)
    done = put(here, [Value(target, b"canary")], AT)
    assert done.files == ("base/db.yaml", "environments/dev/sealed.json", "environments/prod/sealed.json")
    again = open_repository(root)
    assert [again.targets(name)[0].state for name in ("dev", "prod")] == ["sealed", "sealed"]
    assert again.targets("prod")[0].record == again.targets("dev")[0].record


@engines
@pytest.mark.parametrize(
    ("prod", "pem", "message"),
    [
        ("namespace: other\n", 0, "prod as other/db"),
        ("namePrefix: x-\n", 0, "prod as data/x-db"),
        ("", 1, "different certificates"),
        ("", None, "prod has no certificate to seal with"),
    ],
)
def test_environments_that_read_one_line_and_do_not(tmp_path: Path, prod: str, pem: int | None, message: str) -> None:
    root = overlays(tmp_path, "", prod)
    file = root / "environments/prod/sealing.pem"
    file.unlink() if pem is None else file.write_bytes(certificate(which=pem)[0])
    before = tree(root)
    here = open_repository(root)
    with pytest.raises(UserError, match=message):
        check(here, find(here, "dev", "db", "password"), AT, replace=False)
    assert tree(root) == before


PATCH = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: data}\nspec: {encryptedData: {password: __UNSEALED__}}\n"
INLINE = "patches:\n  - patch: |\n" + "".join(f"      {line}\n" for line in PATCH.splitlines())


@engines
@pytest.mark.parametrize(
    ("overlay", "file"),
    [("patches:\n  - path: db.yaml\n", "envs/dev/db.yaml"), (INLINE, "envs/dev/kustomization.yaml")],
)
def test_the_patch_that_decides_is_what_changes(tmp_path: Path, overlay: str, file: str) -> None:
    root = overlays(tmp_path, overlay, "", files={"envs/dev/db.yaml": PATCH})
    here = open_repository(root)
    target = find(here, "dev", "db", "password")[0]
    check(here, [target], AT, replace=False)
    assert put(here, [Value(target, b"canary")], AT).files[0] == file
    assert KEY in (root / "base/db.yaml").read_text()
    again = find(open_repository(root), "dev", "db", "password")[0]
    assert isinstance(again.value, str)
    assert opened(again.value) == b"canary"


@engines
def test_what_is_changed_on_the_way_is_refused(tmp_path: Path) -> None:
    overlay = "replacements:\n  - source: {kind: SealedSecret, name: other, fieldPath: spec.encryptedData.password}\n" \
              "    targets:\n      - select: {kind: SealedSecret, name: db}\n" \
              "        fieldPaths: [spec.encryptedData.password]\n"  # fmt: skip
    base = sealed_secret() + "---\n" + sealed_secret("other").replace(KEY, "__OTHER__")
    root = overlays(tmp_path, overlay, "", base=base)
    here = open_repository(root)
    with pytest.raises(UserError, match="does not hold what dev applies"):
        check(here, find(here, "dev", "db", "password"), AT, replace=False)


@engines
def test_an_environment_that_does_not_render_says_why(tmp_path: Path) -> None:
    root = overlays(tmp_path, "resources: [../../base, absent.yaml]\n", "")
    (root / "envs/dev/kustomization.yaml").write_text("resources: [../../base, absent.yaml]\n")
    with pytest.raises(UserError, match=r"dev cannot be rendered.*absent\.yaml"):
        open_repository(root).targets("dev")


def test_a_link_beside_its_file_is_the_same_object(tmp_path: Path) -> None:
    write(tmp_path, {"db.yaml": sealed_secret()})
    (tmp_path / "link.yaml").symlink_to("db.yaml")
    (found,) = find(open_repository(tmp_path), "plain", "db", "password")
    assert found.place is not None and found.place.file == "db.yaml"


def test_an_object_in_two_files_is_refused(tmp_path: Path) -> None:
    here = repository(tmp_path, {"db.yaml": sealed_secret(), "other/again.yaml": sealed_secret()})
    with pytest.raises(UserError, match="more than once") as refusal:
        find(here, "plain", "db", "password")
    assert "db.yaml" in refusal.value.message

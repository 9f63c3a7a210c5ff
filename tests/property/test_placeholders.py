"""Placeholders that `new` writes: whatever the names, every reader of YAML sees the same object, whole and unsealed."""

from __future__ import annotations

import io

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from hydrogitops.scaffold.parts import render
from hydrogitops.scaffold.sealed import PLACEHOLDER, Key, Secret
from hydrogitops.secrets.sealing import inspect
from hydrogitops.source import load

TRAPS = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "1", "0", "007", "1e3", "0x1f", "0b1", "0o7"]
DATES = ["2024-01-01", "12-30", "1-1"]
LABELS = st.sampled_from([*TRAPS, *DATES]) | st.from_regex(r"[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
NAMES = LABELS | st.sampled_from(["1.5", "1.2.3", "0.1e3", "a.b"])
KEYS = st.sampled_from(
    [*TRAPS, "Y", "NO", "Null", "TRUE", ".inf", ".NaN", "-1", "1_000", ".5", "5.", "-", "--", "---a", "_", ".a-b"]
) | st.from_regex(r"[-._a-zA-Z0-9]{1,12}", fullmatch=True).filter(lambda key: key not in (".", ".."))
SECRETS = st.builds(
    Secret,
    name=NAMES,
    purpose=st.just("For a test."),
    keys=st.lists(KEYS, min_size=1, max_size=4, unique=True).map(
        lambda names: tuple(Key(name, "a value; somebody knows it", index % 2 == 0) for index, name in enumerate(names))
    ),
    readers=st.just(()),
    type=st.sampled_from(["Opaque", "kubernetes.io/dockerconfigjson", "on"]),
)


@given(SECRETS, LABELS, LABELS)
@settings(deadline=None, max_examples=60)
def test_names_that_yaml_takes_for_something_else(secret: Secret, environment: str, namespace: str) -> None:
    context = {"environment": {"name": environment, "namespace": namespace}, "secret": secret}
    (file,) = render("sealed-secret", context)
    text = file.content.decode()
    expected = load(text)
    assert expected == {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {
            "name": secret.name,
            "namespace": namespace,
            "annotations": {"argocd.argoproj.io/sync-wave": "-1"},
        },
        "spec": {
            "encryptedData": dict.fromkeys((key.name for key in secret.keys), PLACEHOLDER),
            "template": {"metadata": {"name": secret.name, "namespace": namespace}, "type": secret.type},
        },
    }
    assert yaml.safe_load(text) == expected
    assert YAML(typ="safe").load(io.StringIO(text)) == expected
    lines = text.splitlines()
    for key in secret.keys:
        option = " --generate" if key.any else ""
        command = f"    # hydrogitops seal --env {environment}{option} {secret.name} {key.name}"
        assert lines[lines.index(command) + 1].endswith(f": {PLACEHOLDER}")


def test_the_word_is_taken_for_no_sealed_value() -> None:
    assert inspect(PLACEHOLDER).problem == "placeholder"

"""What is offered in place of a path that leads nowhere, and of an environment that isn't there."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.linter.run import read_configuration
from hydrogitops.model import UserError
from hydrogitops.repo.dangling import likely
from hydrogitops.repo.environments import discover
from hydrogitops.repo.sources import Sources
from tests.golden.trees import write

FILES = ("namespace.yaml", "ingress.yaml", "values.yaml", "auto-od.yaml", "hydro-mongodb.sealed.yaml", "service.yml")


@pytest.mark.parametrize(
    ("missing", "offered"),
    [
        ("a/valeus.yaml", "a/values.yaml"),
        ("a/values.yml", "a/values.yaml"),
        ("a/values", "a/values.yaml"),
        ("a/service.yaml", "a/service.yml"),
        ("a/hydro-mongo.sealed.yaml", "a/hydro-mongodb.sealed.yaml"),
        ("a/auto_od.yaml", "a/auto-od.yaml"),
        ("b/values.yaml", ""),
        # An ending, or another one that happens to be as long, is no likeness.
        ("a/stat.yaml", ""),
        ("a/names.yaml", "a/namespace.yaml"),
        ("a/rollout.yaml", ""),
        ("a/docker.sealed.yaml", ""),
        ("aa/values.yaml", "a/values.yaml"),
    ],
)
def test_names(tmp_path: Path, missing: str, offered: str) -> None:
    write(tmp_path, {f"a/{name}": "a: 1\n" for name in FILES})
    assert likely(Sources(tmp_path), missing) == offered


@pytest.mark.parametrize("missing", ["values.yaml", "stat.yaml"])
def test_a_file_that_was_deleted_has_no_likeness_by_its_ending(tmp_path: Path, missing: str) -> None:
    write(tmp_path, {f"a/{name}": "a: 1\n" for name in ("namespace.yaml", "auto-od.yaml", "ingress.yaml")})
    assert likely(Sources(tmp_path), f"a/{missing}") == ""


def test_a_generator_s_file_without_a_name(tmp_path: Path) -> None:
    """The name is asked for where it is missing, and no template is offered as one."""
    write(
        tmp_path,
        {
            ".hydrogitops.yaml": "version: 1\nenvironments: {prod: {profile: production}}\n",
            "environments/prod/config.yaml": "namespace: ml\npath: envs/prod\n",
            "envs/prod/kustomization.yaml": "resources: [a.yaml]\n",
            "envs/prod/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            "platform.yaml": """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: hydrosphere, namespace: argocd}
spec:
  goTemplate: true
  generators:
    - git: {repoURL: "https://git.example.com/a.git", pathParamPrefix: file, files: [{path: "environments/*/config.yaml"}]}
  template:
    metadata: {name: "hydrosphere-{{ .name }}"}
    spec:
      source: {repoURL: "https://git.example.com/a.git", path: "{{ .path }}"}
      destination: {server: "https://kubernetes.default.svc", namespace: "{{ .namespace }}"}
""",
        },
    )
    sources = Sources(tmp_path)
    with pytest.raises(UserError) as caught:
        discover(sources, read_configuration(sources))
    assert caught.value.message.startswith("environments/prod/config.yaml does not give what `hydrosphere-{{ .name }}`")
    assert caught.value.hint == "write name: prod there if it is the one that is meant"
    assert caught.value.span is not None
    assert caught.value.span.file == "environments/prod/config.yaml"

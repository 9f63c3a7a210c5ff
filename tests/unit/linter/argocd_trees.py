"""Small repositories for Argo CD: one Application or ApplicationSet, its project, a folder of manifests."""

from __future__ import annotations

from collections.abc import Mapping

REPOSITORY = "https://git.example.com/ml/scorer.git"
SERVER = "https://kubernetes.default.svc"
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: scorer, namespace: ml}\ndata: {a: b}\n"
APP, PROJECT = "apps/scorer.yaml", "apps/project.yaml"


def application(
    *,
    source: str = f"{{repoURL: {REPOSITORY}, targetRevision: main, path: scorer}}",
    destination: str = f"{{server: {SERVER}, namespace: ml}}",
    more: str = "",
    project: str = "project: scoring",
) -> str:
    return (
        "apiVersion: argoproj.io/v1alpha1\n"
        "kind: Application\n"
        "metadata: {name: prod, namespace: argocd}\n"
        "spec:\n"
        + "".join(f"  {line}\n" for line in (project, f"source: {source}", f"destination: {destination}") if line)
        + "".join(f"  {line}\n" for line in more.splitlines())
    )


def application_set(
    *,
    generators: str = "- list: {elements: [{name: prod, auto: true}, {name: dev, auto: false}]}",
    more: str = "",
    spec: str = "",
    metadata: str = 'name: "scorer-{{ .name }}"',
    head: str = "goTemplate: true\ngoTemplateOptions: [missingkey=error]",
    project: str = "scoring",
    server: str = SERVER,
) -> str:
    return (
        "apiVersion: argoproj.io/v1alpha1\n"
        "kind: ApplicationSet\n"
        "metadata: {name: scorer, namespace: argocd}\n"
        "spec:\n"
        + "".join(f"  {line}\n" for line in (*head.splitlines(), "generators:"))
        + "".join(f"    {line}\n" for line in generators.splitlines())
        + f"  template:\n    metadata: {{{metadata}}}\n    spec:\n      project: {project}\n"
        + f"      source: {{repoURL: {REPOSITORY}, targetRevision: main, path: scorer}}\n"
        + f"      destination: {{server: {server}, namespace: ml}}\n"
        + "".join(f"      {line}\n" for line in spec.splitlines())
        + "".join(f"  {line}\n" for line in more.splitlines())
    )


def project(
    sources: str = f"[{REPOSITORY}]", destinations: str = f"[{{server: {SERVER}, namespace: ml}}]", more: str = ""
) -> str:
    return (
        "apiVersion: argoproj.io/v1alpha1\n"
        "kind: AppProject\n"
        "metadata: {name: scoring, namespace: argocd}\n"
        "spec:\n"
        f"  sourceRepos: {sources}\n"
        f"  destinations: {destinations}\n" + "".join(f"  {line}\n" for line in more.splitlines())
    )


def tree(app: str, projects: str | None = None, **manifests: str) -> dict[str, str]:
    """The files of a repository; `manifests` by name of the file below `scorer/`."""
    files: dict[str, str] = {APP: app, PROJECT: project() if projects is None else projects}
    named: Mapping[str, str] = manifests or {"settings": SETTINGS}
    return files | {f"scorer/{name}.yaml": text for name, text in named.items()}

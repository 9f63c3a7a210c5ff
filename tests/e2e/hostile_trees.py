"""Repositories that mean harm, or that nobody meant: each builder writes one.

In all texts OUTSIDE stands for a folder beside the repository, with a canary in its files, and ADDRESS for a server
that listens on this machine: nothing of the one may come to light, nothing may ask the other.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

CANARY = "canary-7d1c4f5e9b"
SECRET = "secret.yaml"
"""The file in `outside`; YAML with values, a manifest and a kustomization in one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository is to be written."""

    root: Path
    outside: Path
    address: str

    def fill(self, text: str) -> str:
        return text.replace("OUTSIDE", os.fspath(self.outside)).replace("ADDRESS", self.address)

    def put(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else self.fill(content).encode())


Build = Callable[[Place], None]


def prepare_outside(outside: Path) -> None:
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {CANARY}\ndata:\n  canary: {CANARY}\nresources: []\n"
    beside = Place(outside, outside, "")
    beside.put({SECRET: text, "kustomization.yaml": f"namePrefix: {CANARY}-\nresources:\n  - {SECRET}\n"})
    beside.put({"own/rule.yaml": json.dumps({**POLICY, "title": CANARY})})
    beside.put({"chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n", f"chart/templates/{SECRET}": text})


# Kustomizations ------------------------------------------------------------------------------------------------------

KUSTOMIZATION = "envs/prod/kustomization.yaml"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: b\n"


def kustomized(text: str, files: Mapping[str, str | bytes] | None = None) -> Build:
    """An overlay `envs/prod` with this kustomization, and more files."""

    def build(place: Place) -> None:
        place.put({KUSTOMIZATION: text, "envs/prod/settings.yaml": MAP})
        place.put(files or {})

    return build


def linked(link: str, target: str, rest: Build) -> Build:
    """What `rest` builds, and a link; `OUTSIDE` in the target is the folder outside."""

    def build(place: Place) -> None:
        rest(place)
        path = place.root / link
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(place.fill(target))

    return build


def piped(name: str, rest: Build) -> Build:
    """What `rest` builds, with a named pipe that nobody ever writes to."""

    def build(place: Place) -> None:
        rest(place)
        path = place.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        os.mkfifo(path)

    return build


# Charts --------------------------------------------------------------------------------------------------------------

CHART_FILE = "apiVersion: v2\nname: app\nversion: 1.0.0\n"
INFLATES = (
    "helmGlobals:\n  chartHome: ../../charts\n"
    "helmCharts:\n  - name: app\n    releaseName: app\n    valuesFile: values.yaml\n"
)


def charted(template: str, more: Mapping[str, str | bytes] | None = None) -> Build:
    """An overlay that inflates a chart with one template, and more files of the chart."""

    def build(place: Place) -> None:
        place.put({KUSTOMIZATION: INFLATES, "envs/prod/values.yaml": "a: b\n", "charts/app/Chart.yaml": CHART_FILE})
        place.put({"charts/app/templates/map.yaml": MAP + template})
        for name, content in (more or {}).items():
            place.put({f"charts/app/{name}": content})

    return build


def bomb() -> bytes:
    """A chart archive of 300 KB that unpacks to 300 MB."""
    size = 300 * 10**6
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        _member(archive, "sub/Chart.yaml", SUBCHART)
        big = tarfile.TarInfo("sub/templates/big.yaml")
        big.size = size
        archive.addfile(big, _Zeros(size))
    return packed.getvalue()


def traversing() -> bytes:
    """A chart archive with a member that would be written beside the chart."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        _member(archive, "sub/Chart.yaml", SUBCHART)
        _member(archive, "../../evil.yaml", MAP)
    return packed.getvalue()


SUBCHART = "apiVersion: v2\nname: sub\nversion: 1.0.0\n"


def _member(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text)
    archive.addfile(member, io.BytesIO(text.encode()))


class _Zeros(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        given = min(self._left, size if size >= 0 else self._left)
        self._left -= given
        return bytes(given)


# Manifests -----------------------------------------------------------------------------------------------------------

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: <NAME>
  labels: {app: "<LABEL>"}
spec:
  replicas: <REPLICAS>
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      tolerations:
        - {key: "<TOLERATION>", operator: Equal, value: "<TOLERATION>", effect: NoSchedule}
      containers:
        - name: app
          image: "<IMAGE>"
          args: ["<ARG>"]
          env:
            - {name: JAVA_TOOL_OPTIONS, value: "<OPTIONS>"}
            - {name: SECOND, value: "<OTHER>"}
          resources:
            requests: {cpu: <CPU>, memory: <MEMORY>}
            limits: {memory: <MEMORY>}
"""
_PLAIN = {
    "NAME": "app", "LABEL": "app", "REPLICAS": "1", "TOLERATION": "node", "IMAGE": "openjdk:8u342", "ARG": "x",
    "OPTIONS": "-Xmx1g", "OTHER": "x", "CPU": "1", "MEMORY": "2Gi",
}  # fmt: skip


def deployment(**words: str) -> Build:
    """A plain Deployment with other words in it, its image declared."""

    def build(place: Place) -> None:
        text = DEPLOYMENT
        for name, word in {**_PLAIN, **words}.items():
            text = text.replace(f"<{name}>", word)
        place.put(
            {"deployment.yaml": text, ".hydrogitops.yaml": "version: 1\nimages: [{match: 'openjdk:*', jdk: 17}]\n"}
        )

    return build


def plain(text: str | bytes) -> Build:
    return lambda place: place.put({"plain.yaml": text})


def laughs(levels: int = 12) -> str:
    """Ten times ten times ten …: 10^levels nodes in a few lines, whatever reads it as a tree."""
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, levels)]
    return MAP + "\n".join(lines) + "\n"


def large(size: int) -> bytes:
    """A manifest of so many bytes."""
    return MAP.encode() + b"".join(b"  k%07d: %s\n" % (n, b"v" * 85) for n in range(size // 100))


def nested(levels: int) -> str:
    """Maps in maps, in flow style."""
    return MAP + "deep: " + "{a: " * levels + "b" + "}" * levels + "\n"


def many_patches(count: int) -> Build:
    """An overlay with so many patches of one object."""
    patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {k%d: v}"
    patches = "".join(
        f"  - patch: |-\n      {(patch % n).replace(chr(10), chr(10) + '      ')}\n" for n in range(count)
    )
    return kustomized(f"resources: [settings.yaml]\npatches:\n{patches}")


# Policies, applications, code ----------------------------------------------------------------------------------------

POLICY: Mapping[str, object] = {
    "severity": "error",
    "scope": "document",
    "check": "repo.yaml",
    "title": "t",
    "why": "w",
    "fix": "f",
    "source": "s",
    "examples": {"bad": ["a: 1"], "good": ["a: 2"]},
}


def policy(text: str | None = None, **changes: object) -> Build:
    """A repository with a policy of its own: the good one with changes, or this text."""

    def build(place: Place) -> None:
        content = json.dumps({**POLICY, **changes}) if text is None else text
        place.put({".hydrogitops/policies/own/rule.yaml": content, "settings.yaml": MAP})

    return build


def application(path: str, **source: object) -> Build:
    """An Application of Argo CD that deploys a path of this very repository, beside one that nothing is wrong with."""

    def manifest(name: str, given: Mapping[str, object]) -> str:
        repository = {"repoURL": "https://git.example.com/r.git", "targetRevision": "main"}
        spec = {
            "project": "default",
            "source": {**repository, **given},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "app"},
        }
        head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}}
        return json.dumps({**head, "spec": spec})

    def build(place: Place) -> None:
        place.put({"apps/app.yaml": manifest("app", {"path": path, **source})})
        place.put({"apps/other.yaml": manifest("other", {"path": "deploy"}), "deploy/settings.yaml": MAP})
        place.put({"charts/app/Chart.yaml": CHART_FILE, "charts/app/templates/map.yaml": MAP})

    return build


def generated(pattern: str) -> Build:
    """An ApplicationSet that looks for folders by a glob, and one long path with little in it."""

    def build(place: Place) -> None:
        spec = {
            "generators": [{"git": {"repoURL": "https://git.example.com/r.git", "directories": [{"path": pattern}]}}],
            "template": {
                "metadata": {"name": "{{path.basename}}"},
                "spec": {
                    "project": "default",
                    "source": {"repoURL": "https://git.example.com/r.git", "path": "{{path}}"},
                    "destination": {"name": "in-cluster", "namespace": "app"},
                },
            },
        }
        head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "app"}}
        deep = "/".join("a" for _ in range(40))
        place.put({"apps/set.yaml": json.dumps({**head, "spec": spec}), f"deploy/{deep}/settings.yaml": MAP})
        place.put({f"deploy/{'a' * 120}/settings.yaml": MAP})

    return build

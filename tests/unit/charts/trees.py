"""Small repositories for the tests of the engines: written from text, read as the tool reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hydrogitops.charts.containment import Reader
from hydrogitops.source.reading import read_bytes

CHART = "apiVersion: v2\nname: app\nversion: 1.0.0\n"

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-config
  namespace: {{ .Release.Namespace }}
data:
  kubernetes: {{ .Capabilities.KubeVersion.Version | quote }}
  word: {{ .Values.word | quote }}
"""

OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: shop
helmGlobals: {chartHome: ../../charts}
helmCharts:
  - name: app
    releaseName: rel
    namespace: shop
    valuesFile: values.yaml
"""


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below `root`; gives `root` back."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def chart(
    name: str = "app",
    templates: Mapping[str, str] | None = None,
    *,
    metadata: str = "",
    values: str = "word: default\n",
    files: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The files of a chart in `charts/<name>`; `templates` and further `files` by their names in it."""
    templates = {"config.yaml": CONFIG} if templates is None else templates
    made = {"Chart.yaml": metadata or CHART.replace("app", name), "values.yaml": values, **(files or {})}
    made |= {f"templates/{file}": text for file, text in templates.items()}
    return {f"charts/{name}/{file}": text for file, text in made.items()}


def reader(root: Path) -> Reader:
    """Reads the documents of a repository's files."""

    def read(name: str) -> Sequence[object] | None:
        file = read_bytes(name, (root / name).read_bytes())
        return None if file.broken else [document.data for document in file.documents]

    return read

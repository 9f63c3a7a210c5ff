"""Charts as they lie on disk: Chart.yaml, values.yaml and `charts/`, unpacked or not (loader of Helm 4.3.1)."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from hydrogitops.source import SourceError, load

from .values import Chart, ChartError, Dependency

_NAMES = ("Chart.yaml", "values.yaml", "requirements.yaml")
_LARGEST = 100 * 2**20
"""Bytes of an archive when unpacked, as in Helm."""

Files = Mapping[str, bytes]


def chart_in(folder: Path) -> Chart:
    """The chart in a folder; see `Chart.from_folder`."""
    root = folder.resolve()
    return _chart(dict(_files_in(root, (root,), "")), folder.name)[0]


def _files_in(root: Path, folders: tuple[Path, ...], prefix: str) -> Iterator[tuple[str, bytes]]:
    """What Helm reads of a chart, by its path; `folders` are those from the root down to it, links resolved."""
    folder = folders[-1]
    for name in _NAMES:
        if (path := folder / name).is_file():
            yield prefix + name, _inside(root, path).read_bytes()
    charts = folder / "charts"
    if not charts.is_dir():
        return
    for path in sorted(_inside(root, charts).iterdir()):
        place = f"{prefix}charts/{path.name}"
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir():
            inner = _inside(root, path)
            if inner in folders:
                raise ChartError(f"{place} leads back to a folder above it", "chart-values")
            yield from _files_in(root, (*folders, inner), f"{place}/")
        elif path.suffix == ".tgz":
            yield place, _inside(root, path).read_bytes()


def _inside(root: Path, path: Path) -> Path:
    """Where `path`, in a folder without links above it, really lies, unless that is outside of the chart."""
    if not path.is_symlink():
        return path
    real = path.resolve()
    if not real.is_relative_to(root):
        raise ChartError(f"{path.relative_to(root)} leads out of the chart", "chart-values")
    return real


def _chart(files: Files, place: str) -> tuple[Chart, str]:
    """A chart and its version, from its files by path."""
    if "Chart.yaml" not in files:
        raise ChartError(f"{place} has no Chart.yaml", "chart-values")
    metadata = _mapping(files["Chart.yaml"], f"Chart.yaml of {place}")
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        raise ChartError(f"Chart.yaml of {place} has no name", "chart-values")
    if "requirements.yaml" in files:
        metadata = {**metadata, **_mapping(files["requirements.yaml"], f"requirements.yaml of {place}")}
    subcharts = list(_subcharts(files, place))
    dependencies: list[Dependency] = []
    used: list[Chart] = []
    for declared in _declarations(metadata.get("dependencies"), name):
        chart = _chosen(subcharts, declared, name)
        used.append(chart)
        dependencies.append(_dependency(chart, declared))
    # What is in `charts/` without being declared counts too, before the others.
    undeclared = [Dependency(chart) for chart, _ in subcharts if chart not in used]
    values = _text(files.get("values.yaml", b""), f"values.yaml of {place}")
    return Chart(name, values, (*undeclared, *dependencies)), str(metadata.get("version", ""))


def _subcharts(files: Files, place: str) -> Iterator[tuple[Chart, str]]:
    found: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        if path.startswith("charts/"):
            entry, _, rest = path.removeprefix("charts/").partition("/")
            found.setdefault(entry, {})[rest] = content
    for entry, inner in found.items():
        if entry.startswith((".", "_")):
            continue
        if "" in inner:
            inner = dict(_unpacked(inner[""], f"{place}/charts/{entry}"))
        yield _chart(inner, f"{place}/charts/{entry}")


def _unpacked(archive: bytes, place: str) -> Iterator[tuple[str, bytes]]:
    # Few charts lie packed in a repository.
    import tarfile

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(archive)) as packed:
            content = packed.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ChartError(f"{place} is larger than {_LARGEST // 2**20} MiB when unpacked", "chart-values")
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as tar:
            for member in tar:
                path = PurePosixPath(member.name.replace("\\", "/"))
                if path.is_absolute() or ".." in path.parts:
                    raise ChartError(f"{place} holds a file outside of the chart", "chart-values")
                inner = "/".join(path.parts[1:])
                is_wanted = path.name in _NAMES or (path.suffix == ".tgz" and path.parent.name == "charts")
                if is_wanted and member.isreg() and (file := tar.extractfile(member)):
                    yield inner, file.read()
    except (OSError, EOFError, tarfile.TarError, zlib.error):
        raise ChartError(f"{place} is no chart archive", "chart-values") from None


def _declarations(declared: object, name: str) -> Iterator[Mapping[str, object]]:
    for each in declared if isinstance(declared, list) else []:
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            yield each
        elif each is not None:
            raise ChartError(f"a dependency in Chart.yaml of {name} has no name", "chart-values")


def _chosen(subcharts: list[tuple[Chart, str]], declared: Mapping[str, object], parent: str) -> Chart:
    candidates = [(chart, version) for chart, version in subcharts if chart.name == declared["name"]]
    if not candidates:
        raise ChartError(f"{parent} depends on {declared['name']}, which is not in its charts folder", "dependencies")
    # Ranges are not read: one chart of the name is taken for the right one, of several the one with this very version.
    exact = [chart for chart, version in candidates if version == declared.get("version")]
    return exact[0] if exact else candidates[0][0]


def _dependency(chart: Chart, declared: Mapping[str, object]) -> Dependency:
    tags, imports = declared.get("tags"), declared.get("import-values")
    return Dependency(
        chart,
        alias=_string(declared.get("alias")),
        condition=_string(declared.get("condition")),
        tags=tuple(_string(tag) for tag in tags) if isinstance(tags, list) else (),
        import_values=tuple(_import(each) for each in imports if isinstance(each, str | dict))
        if isinstance(imports, list)
        else (),
    )


def _import(each: str | dict[str, object]) -> str | Mapping[str, str]:
    return each if isinstance(each, str) else {key: _string(value) for key, value in each.items()}


def _string(value: object) -> str:
    return "" if value is None else str(value)


def _mapping(content: bytes, place: str) -> Mapping[str, object]:
    try:
        data = load(_text(content, place))
    except SourceError as error:
        raise ChartError(f"{place}: {error}", "chart-values") from None
    if not isinstance(data, dict):
        raise ChartError(f"{place} is no map", "chart-values")
    return data


def _text(content: bytes, place: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ChartError(f"{place} is not UTF-8", "chart-values") from None

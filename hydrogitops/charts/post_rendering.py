"""What kustomize makes of files that lie nowhere: a copy with more in its kustomization, objects that Helm rendered."""

from __future__ import annotations

import json
import posixpath
import shutil
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .children import ClosedError
from .engines import BuildJob, Engines, RenderFailure
from .kustomization import FILE_NAMES
from .printed import clean

RENDERED = "rendered.yaml"
KUSTOMIZATION = FILE_NAMES[0]


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by their path, and the folder among them that is built. `name`: what people call it."""

    name: str
    files: Mapping[str, bytes]
    folder: str = ""


class Trees:
    """Builds of trees. kustomize alone: a chart is not inflated.

    Must be ended, which lets nothing run on, and closed when nobody builds any more, which removes what is left.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = False
        self._started: tuple[Path, Engines] | None = None
        self._count = 0

    def end(self) -> None:
        with self._lock:
            self._ended = True
        if self._started is not None:
            self._started[1].close()

    def close(self) -> None:
        self.end()
        if self._started is not None:
            shutil.rmtree(self._started[0], ignore_errors=True)

    def _start(self) -> tuple[Path, Engines]:
        with self._lock:
            if self._ended:
                raise ClosedError
            if self._started is None:
                place = Path(tempfile.mkdtemp(prefix="hydrogitops-trees-")).resolve()
                self._started = place, Engines(place, self._read)
            return self._started

    def built(self, trees: Sequence[Tree]) -> tuple[str | RenderFailure, ...]:
        """What kustomize makes of each, side by side; a failure stands in its place. ClosedError."""
        if not trees:
            return ()
        place, engines = self._start()
        jobs = []
        for tree in trees:
            self._count += 1
            home = f"tree-{self._count}"
            for name, content in tree.files.items():
                path = place / home / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            jobs.append(BuildJob(posixpath.join(home, tree.folder)))
        outcomes = engines.build_many(jobs)
        return tuple(
            RenderFailure(f"{tree.name}: {self._named(outcome.message, job)}", outcome.kind, outcome.hint)
            if isinstance(outcome, RenderFailure)
            else outcome.text
            for tree, job, outcome in zip(trees, jobs, outcomes, strict=True)
        )

    def _named(self, message: str, job: BuildJob) -> str:
        return clean(message, {job.folder.split("/")[0]: ""})

    def _read(self, name: str) -> Sequence[object] | None:
        from hydrogitops.source import reading

        file = reading.read_bytes(name, (self._start()[0] / name).read_bytes())
        return None if file.broken else [document.data for document in file.documents]


def kustomized(data: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    """A kustomization with more in it: lists are appended to, entries of `images` by their name, texts replaced."""
    result = dict(data)
    for key, value in added.items():
        if key == "images":
            result[key] = _images(result.get(key), value)
        elif isinstance(value, list) and key != "buildMetadata":
            known = result.get(key)
            result[key] = [*(known if isinstance(known, list) else ()), *value]
        else:
            result[key] = value
    return result


def _images(known: object, more: Sequence[Any]) -> list[Any]:
    """Entries of one image are joined: a tag and a digest go together, a name by itself (kustomize_generator.go)."""
    result = [dict(one) if isinstance(one, Mapping) else one for one in (known if isinstance(known, list) else ())]
    for image in (one for one in more if isinstance(one, Mapping)):
        same = next((one for one in result if isinstance(one, dict) and one.get("name") == image.get("name")), None)
        if same is None:
            result.append(dict(image))
            continue
        if image.get("newName"):
            same["newName"] = image["newName"]
        if image.get("newTag") or image.get("digest"):
            for key in ("newTag", "digest"):
                same.pop(key, None)
                if image.get(key):
                    same[key] = image[key]
    return result


def post_rendering(name: str, text: str, renderer: Mapping[str, Any], namespace: str) -> Tree:
    """The tree that gives what a post-renderer makes of rendered objects.

    `namespace`: of what states none, put in behind everything else, as Helm does when it applies; empty: left out.
    """
    data: dict[str, Any] = {"resources": [RENDERED]}
    data |= {key: renderer[key] for key in ("patches", "images") if renderer.get(key)}
    if namespace:
        data["transformers"] = [json.dumps(_namespaced(namespace))]
    return Tree(name, {RENDERED: text.encode(), KUSTOMIZATION: json.dumps(data).encode()})


def _namespaced(namespace: str) -> Mapping[str, object]:
    return {
        "apiVersion": "builtin",
        "kind": "NamespaceTransformer",
        "metadata": {"name": "release", "namespace": namespace},
        "unsetOnly": True,
        "setRoleBindingSubjects": "none",
    }

"""Objects on their way through kustomizations, stage by stage: which change is for which object.

Only names are followed here, as far as kustomize 5.8 goes by them; what a change does to a field is told by `replay`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hydrogitops.model import AppliedObject, Environment, Patch, Place, Route, SourceFile, Stage
from hydrogitops.source.shapes import as_list, as_maps, node

from . import patches
from .kustomization import FILE_NAMES, charts, join, references
from .lineage import CLUSTER_SCOPED, UNKNOWN, Lineage, Step, effective, effective_ids, ids
from .workloads import objects

Read = Callable[[str], SourceFile | None]

MOST = 50_000
"""Objects that are followed: a repository may include one base in ways without number."""
_EXPRESSIONS = ("group", "version", "kind", "name", "namespace")
_SELECTORS = (("labelSelector", "labels"), ("annotationSelector", "annotations"))
_NAMING = frozenset(("metadata.name", "metadata.namespace", "kind", "apiVersion"))
_ABOUT_NAMES = frozenset(("nameReference", "namePrefix", "nameSuffix"))
"""Parts of a transformer configuration that change no value but names."""
_STAGED = {"namespace": "targetNamespace"}
"""What an engine's own object calls otherwise than the kustomization that it is written into."""
_NOT_RENAMED = frozenset(("APIService", "CustomResourceDefinition", "Namespace"))

Labels = Callable[[Lineage, str], object]
"""Labels ("labels") or annotations of an object as they are by now."""


def trace(environment: Environment, read: Read, made: Sequence[AppliedObject], labels: Labels) -> list[Lineage]:
    """The objects that an environment's builds give, in their order; `made` are those of its charts, before patches.

    Without a kustomization these are all, and every patch is held against them.
    """
    trail = _Trail(read, labels)
    # There may be thousands, and only those of one place can be equal.
    listed: dict[tuple[object, ...], list[Patch]] = {}
    for patch in environment.patches:
        alike = listed.setdefault((patch.file, patch.document, patch.inline, patch.declared), [])
        if patch not in alike:
            alike.append(patch)
            trail.patches.setdefault(patch.declared.file, []).append(patch)
    for one in made:
        trail.made.setdefault(one.release, []).append(one)
    found: list[Lineage] = []
    for stage in environment.stages:
        found += trail.stage(stage)
    if not environment.stages and environment.folder is not None:
        found += trail.folder(environment.folder, [], ())
    found += [_lineage(one) for left in trail.made.values() for one in left]
    # What stands in no kustomization is done to what comes out of it: patches of an Application, of a HelmRelease.
    for patch in environment.patches:
        if not trail.passed & {patch.declared.file, patch.declared}:
            trail.patched(patch, _declaring(read, patch), found)
    return [one for one in found if one.kind]


def _declaring(read: Read, patch: Patch) -> Mapping[str, Any]:
    """The document that lists a patch."""
    file = read(patch.declared.file)
    documents = file.documents if file is not None else ()
    data = next((one.data for one in documents if one.number == patch.declared.document), None)
    return data if isinstance(data, Mapping) else {}


def kustomization(read: Read, folder: str) -> tuple[str, Mapping[str, Any]] | None:
    """The kustomization of a folder: its file and what stands in it."""
    for name in FILE_NAMES:
        file = read(posixpath.join(folder, name))
        if file is not None:
            data = file.documents[0].data if file.documents else None
            return (file.path, data) if isinstance(data, Mapping) else None
    return None


class _Trail:
    def __init__(self, read: Read, labels: Labels) -> None:
        self.read = read
        self.labels = labels
        self.patches: dict[str, list[Patch]] = {}
        self.made: dict[str, list[AppliedObject]] = {}
        self.passed: set[str | Place] = set()
        """Kustomizations, and entries that stand in none, of which the patches are done."""
        self.seen = 0

    def stage(self, stage: Stage) -> list[Lineage]:
        """What an engine makes of a folder, with what it writes into the kustomization there."""
        listed = {"resources": list(stage.resources)} if stage.resources is not None else {}
        here = self.folder(stage.folder, [], (), {"components": stage.added.get("components"), **listed})
        at = stage.declared
        names = {key: stage.added[key] for key in ("namespace", "namePrefix", "nameSuffix") if stage.added.get(key)}
        for patch in self.patches.get(at.file, ()):
            if patch.declared.document == at.document and patch.declared.path[: len(at.path)] == at.path:
                self.patched(patch, _declaring(self.read, patch), here)
                self.passed.add(patch.declared)
        routes: dict[str, Route] = {key: (*at.path, "spec", _STAGED.get(key, key)) for key in names}
        self._named(at.file, names, here, at.document, routes)
        for index, item in enumerate(as_maps(stage.added.get("images"))):
            route = (*at.path, "spec", "images", index)
            self._to_all(Step("images", at.file, route, item, sure=False, document=at.document), here)
        return here

    def folder(
        self,
        folder: str,
        objects_so_far: list[Lineage],
        above: tuple[str, ...],
        added: Mapping[str, list[str] | None] | None = None,
    ) -> list[Lineage]:
        """What a kustomization makes of what there is: resources, generators, components, then its own changes."""
        found = kustomization(self.read, folder)
        if found is None and added is not None and added.get("resources"):
            found = posixpath.join(folder, FILE_NAMES[0]), {}
        if found is None or folder in above or self.seen > MOST:
            return objects_so_far
        file, data = found
        more = {key: texts for key, texts in added.items() if texts} if added is not None else {}
        data = {**data, **{key: [*as_list(data.get(key)), *texts] for key, texts in more.items()}}
        here, around = list(objects_so_far), (*above, folder)
        listed = [one for one in references(folder, data) if not one.address]
        for reference in (one for one in listed if one.kind == "resource"):
            if kustomization(self.read, reference.target) is not None:
                here += self.folder(reference.target, [], around)
            else:
                here += self._written(reference.target)
        self._generated(file, data, here)
        for entry in charts(folder, data):
            here += [_lineage(one) for one in self.made.pop(entry.release, ())]
        self.seen += len(here)
        for reference in (one for one in listed if one.kind == "component"):
            here = self.folder(reference.target, here, around)
        self._changed(folder, file, data, here)
        return [one for one in here if one.kind]

    def _written(self, name: str) -> Iterator[Lineage]:
        file = self.read(name)
        if file is not None:
            yield from (_lineage(one) for one in objects(file, written=True))

    def _generated(self, file: str, data: Mapping[str, Any], here: list[Lineage]) -> None:
        common = data.get("generatorOptions")
        for key, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
            for index, item in enumerate(as_maps(data.get(key))):
                name, namespace = str(item.get("name") or ""), str(item.get("namespace") or "")
                step = Step("generator", file, (key, index), item)
                if item.get("behavior") in ("merge", "replace"):
                    wanted = (kind, effective(kind, namespace), name)
                    same = [one for one in here if wanted in effective_ids(one)]
                    for one in same:
                        one.steps.append(step)
                    continue
                own = item.get("options")
                options = [one for one in (own, common) if isinstance(one, Mapping)]
                hashed = not any(one.get("disableNameSuffixHash") is True for one in options)
                made = Lineage("v1", kind, namespace, name, hashed=hashed)
                made.steps.append(step)
                here.append(made)

    def _changed(self, folder: str, file: str, data: Mapping[str, Any], here: list[Lineage]) -> None:
        """The changes of one kustomization, in the order in which kustomize 5.8 runs its transformers."""
        own = self.patches.get(file, ())
        self.passed.add(file)
        for patch in own:
            if patch.declared.path[:1] != ("patchesJson6902",):
                self.patched(patch, data, here)
        self._named(file, data, here)
        for index, item in enumerate(as_maps(data.get("labels"))):
            self._to_all(Step("labels", file, ("labels", index), item), here)
        if isinstance(data.get("commonLabels"), Mapping):
            self._to_all(Step("labels", file, ("commonLabels",), data["commonLabels"]), here)
        if isinstance(data.get("commonAnnotations"), Mapping):
            self._to_all(Step("annotations", file, ("commonAnnotations",), data["commonAnnotations"]), here)
        for patch in own:
            if patch.declared.path[:1] == ("patchesJson6902",):
                self.patched(patch, data, here)
        for index, item in enumerate(as_maps(data.get("replicas"))):
            named = [one for one in here if item.get("name") in {name for _, _, name in ids(one)}]
            self._to_all(Step("replicas", file, ("replicas", index), item), named)
        for index, item in enumerate(as_maps(data.get("images"))):
            self._to_all(Step("images", file, ("images", index), item), here)
        self._replaced(folder, file, data, here)
        for key in ("transformers", "configurations"):
            if data.get(key) and not (key == "configurations" and self._only_names(folder, data)):
                self._to_all(Step("unknown", file, (key,)), here)

    def _only_names(self, folder: str, data: Mapping[str, Any]) -> bool:
        """Whether the configurations of a kustomization say no more than what refers to what."""
        for reference in references(folder, {"configurations": data["configurations"]}):
            file = self.read(reference.target)
            said = file.documents[0].data if file is not None and file.documents else None
            if not isinstance(said, Mapping) or not _ABOUT_NAMES.issuperset(said):
                return False
        return True

    def _named(
        self,
        file: str,
        data: Mapping[str, Any],
        here: Sequence[Lineage],
        index: int = 0,
        routes: Mapping[str, Route] | None = None,
    ) -> None:
        """Namespace, prefix and suffix of a kustomization; `routes`: where they are written, if under other keys."""
        at = routes or {key: (key,) for key in ("namespace", "namePrefix", "nameSuffix")}
        namespace = data.get("namespace")
        if isinstance(namespace, str) and namespace:
            for one in here:
                # Helm sees to the namespaces of what it makes.
                if not (one.applied is not None and one.applied.release) and one.kind not in CLUSTER_SCOPED:
                    one.earlier.append(one.current)
                    one.namespace = namespace
                    one.steps.append(Step("namespace", file, at["namespace"], namespace, document=index))
                elif one.kind == "Namespace":
                    one.earlier.append(one.current)
                    one.name = namespace
                    one.steps.append(Step("namespace", file, at["namespace"], namespace, document=index))
        for key in ("namePrefix", "nameSuffix"):
            text = data.get(key)
            if isinstance(text, str) and text:
                for one in here:
                    if one.first[0] not in _NOT_RENAMED:
                        one.earlier.append(one.current)
                        one.name = f"{text}{one.name}" if key == "namePrefix" else f"{one.name}{text}"
                        one.steps.append(Step(key, file, at[key], text, document=index))

    def _to_all(self, step: Step, here: Sequence[Lineage]) -> None:
        for one in here:
            one.steps.append(step)

    def patched(self, patch: Patch, data: Mapping[str, Any], here: list[Lineage]) -> None:
        if patch.json6902 and patch.document:
            # Of a text with operations kustomize reads the first document alone, and be that an empty one.
            return
        entry = node(data, patch.declared.path)
        target = patch.target if patch.stated else entry.get("target") if isinstance(entry, Mapping) else None
        options = entry.get("options") if isinstance(entry, Mapping) else None
        options = options if isinstance(options, Mapping) else {}
        step = Step("patch", patch.declared.file, patch.declared.path, options, patch)
        exact = not isinstance(target, Mapping) and not patch.json6902
        readable = exact or all(patches.readable(patch.target.get(key, "")) for key in _EXPRESSIONS)
        for one in here:
            release = one.applied.release if one.applied is not None else ""
            if patch.release not in (None, release):
                continue
            if one.kind and (self._names(patch, one) if exact else self._selects(patch.target, one)):
                sure = readable and self._decided(patch.target, one)
                one.steps.append(step if sure else step._replace(sure=False))
                _renamed(one, patch, options)

    def _names(self, patch: Patch, one: Lineage) -> bool:
        """Whether a patch without target names an object by what it is or was."""
        data = patch.data if isinstance(patch.data, Mapping) else {}
        metadata = data.get("metadata")
        metadata = metadata if isinstance(metadata, Mapping) else {}
        kind, name = str(data.get("kind") or ""), str(metadata.get("name") or "")
        wanted = (kind, effective(kind, str(metadata.get("namespace") or "")), name)
        return data.get("apiVersion") == one.api_version and wanted in effective_ids(one)

    def _selects(self, target: Mapping[str, str], one: Lineage) -> bool:
        """Whether a target selects an object: by its first or its present name, by what else it is now."""
        group, _, version = one.api_version.rpartition("/")
        now = {"kind": one.kind, "group": group, "version": version}
        if not all(patches.fits(target[key], text) for key, text in now.items() if target.get(key)):
            return False
        first, current = one.first, one.current
        if target.get("name") and not any(patches.fits(target["name"], name) for name in (first[2], current[2])):
            return False
        spaces = (effective(first[0], first[1]), effective(current[0], current[1]))
        if target.get("namespace") and not any(patches.fits(target["namespace"], text) for text in spaces):
            return False
        return all(
            patches.selects(target[key], self.labels(one, part))
            for key, part in _SELECTORS
            if target.get(key) and self._known(target[key], part, one)
        )

    def _decided(self, target: Mapping[str, str], one: Lineage) -> bool:
        return all(self._known(target[key], part, one) for key, part in _SELECTORS if target.get(key))

    def _known(self, selector: str, part: str, one: Lineage) -> bool:
        """Whether all labels of an object are known that a selector asks for."""
        if any(step.change == "unknown" for step in one.steps):
            return False
        labels = self.labels(one, part)
        return not isinstance(labels, Mapping) or not any(
            value == UNKNOWN and key in selector for key, value in labels.items()
        )

    def _replaced(self, folder: str, file: str, data: Mapping[str, Any], here: Sequence[Lineage]) -> None:
        for index, item in enumerate(as_maps(data.get("replacements"))):
            entries: list[tuple[str, Route, Mapping[str, Any]]] = [(file, ("replacements", index), item)]
            if isinstance(item.get("path"), str):
                entries = list(_listed(self.read, join(folder, item["path"])))
            for where, route, entry in entries:
                for position, target in enumerate(as_maps(entry.get("targets"))):
                    select = target.get("select")
                    step = Step("replacement", where, (*route, "targets", position), target)
                    stated = select.items() if isinstance(select, Mapping) else ()
                    wanted = {key: text for key, text in stated if isinstance(text, str)}
                    meant = [one for one in here if self._meant(wanted, one)]
                    self._to_all(step, meant)
                    for one in meant if _NAMING.intersection(_texts(target.get("fieldPaths"))) else ():
                        one.earlier.append(one.current)
                        one.name = UNKNOWN

    def _meant(self, select: Mapping[str, str], one: Lineage) -> bool:
        """A replacement goes by any name that an object ever had."""
        group, _, version = one.api_version.rpartition("/")
        if any(not patches.fits(select[k], v) for k, v in (("group", group), ("version", version)) if select.get(k)):
            return False
        return any(
            all(patches.fits(select[key], text) for key, text in zip(("kind", "namespace", "name"), names, strict=True)
                if select.get(key))
            for names in effective_ids(one)
        )  # fmt: skip


def _lineage(applied: AppliedObject) -> Lineage:
    ref = applied.ref
    return Lineage(ref.api_version, ref.kind, ref.namespace, ref.name, applied)


def _renamed(one: Lineage, patch: Patch, options: Mapping[str, Any]) -> None:
    """What a patch does to the names of an object; without kind, it is gone."""
    if not patch.json6902:
        data = patch.data if isinstance(patch.data, Mapping) else {}
        if data.get("$patch") == "delete":
            one.kind = ""
            return
        metadata = data.get("metadata")
        if options.get("allowNameChange") or options.get("allowKindChange"):
            one.earlier.append(one.current)
        if options.get("allowNameChange") and isinstance(metadata, Mapping):
            one.name = str(metadata.get("name") or one.name)
        if options.get("allowKindChange"):
            one.kind = str(data.get("kind") or one.kind)
        return
    if patch.declared.path[:1] != ("patchesJson6902",):
        one.earlier.append(one.current)
    for operation in patch.data if isinstance(patch.data, list) else ():
        if not isinstance(operation, Mapping) or operation.get("op") not in ("add", "replace"):
            continue
        path, value = operation.get("path"), operation.get("value")
        if not isinstance(value, str):
            continue
        if path == "/apiVersion":
            one.api_version = value
        elif path == "/kind":
            one.kind = value
        elif path == "/metadata/name":
            one.name = value
        elif path == "/metadata/namespace":
            one.namespace = value


def _listed(read: Read, name: str) -> Iterator[tuple[str, Route, Mapping[str, Any]]]:
    """The replacements of a file of their own: one, or a list."""
    file = read(name)
    data = file.documents[0].data if file is not None and file.documents else None
    if isinstance(data, Mapping):
        yield name, (), data
    for index, item in enumerate(as_maps(data)):
        yield name, (index,), item


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else ["metadata.name"]

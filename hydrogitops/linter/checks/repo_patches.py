"""Checks on patches, replacements and image entries that change nothing, of which kustomize says no word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from hydrogitops.charts.kustomization import is_kustomization, join
from hydrogitops.charts.merges import merges_by_key
from hydrogitops.charts.patches import fits, matches, setting
from hydrogitops.charts.workloads import POD_ROUTES
from hydrogitops.charts.written_places import nested
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, Read, nodes, target_name, text_of
from hydrogitops.linter.refused_operations import refused_operations
from hydrogitops.linter.refused_patches import generated, refused_patches, refused_replicas
from hydrogitops.linter.refused_replacements import refused_replacements
from hydrogitops.model import AppliedObject, Document, Fault, Patch, Place, Replacement, Route, Suggestion
from hydrogitops.source.shapes import as_list, as_maps, maps_in, node

_TARGETS = ("kind", "name", "labelSelector", "annotationSelector", "namespace", "version", "group")
"""Parts of a target, the likeliest to be wrong first."""
_IMAGE = r"(?P<name>[^@]*?)(?::(?P<tag>[^/:@]*))?(?:@(?P<digest>.*))?"


def patch_unmatched(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """Patches, replacements and image entries that match nothing, or say what is already so."""
    if not view.built:
        yield from _refused(view)
        return
    # What generators make is only seen after the build; what a patch deletes only before it.
    objects = tuple({applied.ref: applied for applied in (*view.objects, *view.before)}.values())
    yield from _patches(view, objects)
    for file in sorted(name for name in view.environment.files if is_kustomization(name)):
        read = view.read(file)
        for document in read.documents if read is not None else ():
            if isinstance(document.data, Mapping):
                yield from _replacements(view, document, objects)
                yield from _images(view, document, objects)


# Patches ---------------------------------------------------------------------------------------------------------


def _patches(view: EnvironmentView, objects: Sequence[AppliedObject]) -> Iterator[Fault]:
    before = {applied.ref: applied for applied in view.before}
    for order, patch in enumerate(view.environment.patches):
        place, entry = _target(view, patch)
        matched = [applied for applied in objects if matches(patch, applied)]
        if not matched:
            if not _for_generated(view, patch) and not _for_deleted(view, patch):
                fault = _unmatched(patch, place, entry, objects, view.read)
                yield fault._replace(mild="warning") if _for_all_of_a_kind(patch, view.read) else fault
            continue
        yield from _containers(view, patch)
        known = [before[applied.ref] for applied in matched if applied.ref in before]
        if view.evidence == "stand-in" and any(applied.release for applied in known):
            continue  # the stand-in has the chart's objects, not all that is in them
        earlier = view.environment.patches[:order]
        if len(known) == len(matched) and all(_says_nothing_new(patch, applied, earlier) for applied in known):
            names = ", ".join(f"{applied.ref.kind}/{applied.ref.name}" for applied in known[:3])
            more = f" and {len(known) - 3} more" if len(known) > 3 else ""
            yield Fault(
                rule="",
                message=f"the patch for {target_name(patch)} changes nothing: {names}{more} says so already",
                at=_part(place, patch, entry, "name", view.read),
                mild="warning",
                label="already so without the patch",
                fix=Suggestion("drop the patch"),
            )


def _containers(view: EnvironmentView, patch: Patch) -> Iterator[Fault]:
    """Containers that a patch changes and that are not there: it adds them, without an image."""
    told: set[Route] = set()
    for applied in view.objects if not patch.json6902 else ():
        pod = POD_ROUTES.get(applied.ref.kind)
        if pod is None or not matches(patch, applied):
            continue
        for key in ("containers", "initContainers"):
            there = [one for one in maps_in(node(applied.data, (*pod, key))) if isinstance(one.get("name"), str)]
            lacking = {one["name"] for one in there if "image" not in one}
            for index, one in enumerate(as_maps(node(patch.data, (*pod, key)))):
                route, name = (*pod, key, index, "name"), one.get("name")
                if (
                    not isinstance(name, str)
                    or name not in lacking
                    or "image" in one
                    or "$patch" in one
                    or route in told
                ):
                    continue
                told.add(route)
                at = Place(patch.file, patch.document, route)
                if patch.inline is not None:
                    at = nested(view.read, patch.file, patch.inline, at, patch.outer)
                others = [other["name"] for other in there if other["name"] not in lacking]
                near = get_close_matches(name, others, 1)
                meant = near[0] if near else others[0] if len(others) == 1 else ""
                message = f"{text_of(applied.ref)} has no container {name}, so the patch adds one, which has no image"
                fault = _nothing(message, at, meant)
                about = subjects.container(applied.ref, name)
                yield fault._replace(object=applied.ref, container=name, subjects=(*fault.subjects, about))


def _for_all_of_a_kind(patch: Patch, read: Read) -> bool:
    """Whether a component, which many may share, changes all of a kind, wherever there are some."""
    file = read(patch.declared.file)
    data = _data(file.documents if file is not None else (), patch.declared.document)
    return "name" not in patch.target and isinstance(data, Mapping) and data.get("kind") == "Component"


def _for_deleted(view: EnvironmentView, patch: Patch) -> bool:
    """Whether a patch deletes by a label that is put on objects on their way: those that had it are seen nowhere."""
    selectors = {"labelSelector", "annotationSelector"}
    deletes = isinstance(patch.data, Mapping) and patch.data.get("$patch") == "delete"
    if not deletes or not selectors & set(patch.target):
        return False
    left = {(applied.ref.kind, applied.ref.name) for applied in view.objects}
    loose = patch._replace(target={key: text for key, text in patch.target.items() if key not in selectors})
    return any(matches(loose, one) for one in view.before if (one.ref.kind, one.ref.name) not in left)


def _for_generated(view: EnvironmentView, patch: Patch) -> bool:
    """Whether a patch is for what a generator makes, whose name has a hash behind it once it is built."""
    kind, name = (patch.target.get(part, ".*") for part in ("kind", "name"))
    return any(fits(kind, made[0]) and fits(name, made[1]) for made in generated(view.environment, view.read))


def _refused(view: EnvironmentView) -> Iterator[Fault]:
    """Patches that name an object, or a field, that is not there: nothing is built with them."""
    charts = view.failed.charts if view.failed is not None else ()
    for one in refused_patches(view.environment, view.read, charts):
        place, entry = _target(view, one.patch)
        at = _part(place, one.patch, entry, one.wrong, view.read)
        what = f"the patch for {target_name(one.patch)} names no object, and kustomize refuses it"
        written = _is_written(entry, one.patch, one.wrong)
        if one.near and not written:
            what += f": it states no {one.wrong}, and the object has {one.near}"
        fault = _nothing(what, at, one.near if written else "")
        # It explains why nothing comes of what reads the patch.
        yield fault._replace(subjects=(subjects.file(one.patch.file),))
    for at, name, near in refused_replicas(view.environment, view.read, charts):
        fault = _nothing(f"there is no workload {name} to give replicas to, and kustomize refuses it", at, near)
        yield fault._replace(subjects=(subjects.file(at.file),))
    for put in refused_replacements(view.environment, view.read):
        yield _nothing(put.message, put.at, put.meant)._replace(subjects=(subjects.file(put.at.file),))
    if view.failed is None:
        return
    for refused in refused_operations(
        view.environment, view.read, view.failed.message, (*view.failed.written, *charts)
    ):
        names = ", ".join(text_of(one.ref) for one in refused.objects[:3])
        fault = _nothing(
            f"{refused.operation} {refused.pointer}: {names} has no such thing, and kustomize refuses the patch",
            refused.at,
            "",
        )
        yield fault._replace(label="there is no such thing", subjects=(subjects.file(refused.patch.file),))


def _unmatched(patch: Patch, place: Place, entry: object, objects: Sequence[AppliedObject], read: Read) -> Fault:
    wrong = next((part for part in _TARGETS if part in patch.target and _fits_without(patch, part, objects)), "name")
    at = _part(place, patch, entry, wrong, read)
    meant = ""
    if wrong == "name":
        name = patch.target.get("name", "").replace("\\", "")
        loose = patch._replace(target={key: text for key, text in patch.target.items() if key != "name"})
        near = get_close_matches(name, sorted({one.ref.name for one in objects if matches(loose, one)}), 1)
        meant = near[0] if near else ""
    elif wrong == "kind":
        loose = patch._replace(target={key: text for key, text in patch.target.items() if key != "kind"})
        kinds = sorted({one.ref.kind for one in objects if matches(loose, one)})
        # Workload, Service and budget often share a name; a slip stays among its like.
        if patch.target.get("kind") in POD_ROUTES:
            kinds = [kind for kind in kinds if kind in POD_ROUTES]
        meant = kinds[0] if len(kinds) == 1 else ""
    return _nothing(f"the patch for {target_name(patch)} matches nothing and changes nothing", at, meant)


def _fits_without(patch: Patch, part: str, objects: Iterable[AppliedObject]) -> bool:
    loose = patch._replace(target={key: text for key, text in patch.target.items() if key != part})
    return any(matches(loose, applied) for applied in objects)


def _target(view: EnvironmentView, patch: Patch) -> tuple[Place, object]:
    """Where a patch says what it is for, in its entry or in itself, and what stands there."""
    if patch.stated:
        return next(iter(patch.stated.values())), patch.stated
    read = view.read(patch.declared.file)
    entry = node(_data(read.documents if read is not None else (), patch.declared.document), patch.declared.path)
    if isinstance(entry, Mapping) and isinstance(entry.get("target"), Mapping):
        declared = patch.declared
        return Place(declared.file, declared.document, (*declared.path, "target")), entry["target"]
    if patch.inline is not None:
        return Place(patch.file, patch.outer, patch.inline), patch.data
    return Place(patch.file, patch.document), patch.data


def _part(place: Place, patch: Patch, entry: object, part: str, read: Read) -> Place:
    """The part of a target that is wrong, as far as it is written."""
    if patch.stated:
        return patch.stated.get(part, place)
    if not isinstance(entry, Mapping):
        return Place(place.file, place.document, place.path, "key")
    if entry is not patch.data:
        return place._replace(path=(*place.path, part)) if part in entry else place
    at = Place(patch.file, patch.document, _own(part) if _is_written(entry, patch, part) else ("metadata", "name"))
    return at if patch.inline is None else nested(read, patch.file, patch.inline, at, patch.outer)


def _is_written(entry: object, patch: Patch, part: str) -> bool:
    """Whether a target says that part of what it is for."""
    if patch.stated or entry is not patch.data:
        return part in (patch.stated or (entry if isinstance(entry, Mapping) else ()))
    return node(entry, _own(part)) is not None


def _own(part: str) -> Route:
    """Where a patch without a target says that part itself."""
    routes: Mapping[str, Route] = {"kind": ("kind",), "version": ("apiVersion",), "group": ("apiVersion",)}
    return routes.get(part, ("metadata", part))


def _says_nothing_new(patch: Patch, applied: AppliedObject, earlier: Sequence[Patch]) -> bool:
    """Whether an object holds all that a patch says, and no earlier patch touched that."""
    leaves: list[Route] = []
    if patch.json6902:
        same = _operations_hold(patch.data, applied.data, leaves)
    else:
        by_key = merges_by_key(applied.ref.api_version)
        same = _holds(applied.data, patch.data, by_key, (), leaves)
    return same and not any(
        matches(other, applied) and setting(other, applied, leaf) is not None for other in earlier for leaf in leaves
    )


def _holds(data: object, wanted: object, by_key: bool, path: Route, leaves: list[Route]) -> bool:
    """Whether merging `wanted` into `data` would change nothing; the paths of what it says are added to `leaves`."""
    if isinstance(wanted, Mapping):
        if not isinstance(data, Mapping):
            return False
        for key, value in wanted.items():
            if str(key).startswith("$"):
                return False  # a directive: it deletes, replaces, or orders
            if value is None:
                if key in data:
                    return False
                leaves.append((*path, key))
            elif key not in data or not _holds(data[key], value, by_key, (*path, key), leaves):
                return False
        return True
    if isinstance(wanted, list) and by_key and isinstance(data, list) and wanted and all(map(_named, wanted)):
        positions = {item["name"]: index for index, item in enumerate(data) if _named(item)}
        return all(
            item["name"] in positions
            and _holds(data[positions[item["name"]]], item, by_key, (*path, positions[item["name"]]), leaves)
            for item in wanted
        )
    leaves.append(path)
    return type(data) is type(wanted) and data == wanted


def _operations_hold(operations: object, data: object, leaves: list[Route]) -> bool:
    """Whether every operation of a JSON6902 patch writes what stands there already."""
    if not isinstance(operations, list):
        return False
    for operation in operations:
        path = operation.get("path") if isinstance(operation, Mapping) else None
        if not isinstance(path, str) or not path.startswith("/") or operation.get("op") not in ("add", "replace"):
            return False
        route: Route = ()
        for token in path[1:].split("/"):
            key = token.replace("~1", "/").replace("~0", "~")
            here = node(data, route)
            if isinstance(here, list) and operation["op"] == "replace" and key.isdecimal():
                route = (*route, int(key))
            elif isinstance(here, Mapping) and key in here:
                route = (*route, key)
            else:
                return False
        if node(data, route) != operation.get("value"):
            return False
        leaves.append(route)
    return bool(operations)


# Replacements and images -----------------------------------------------------------------------------------------


def _replacements(view: EnvironmentView, document: Document, objects: Sequence[AppliedObject]) -> Iterator[Fault]:
    assert isinstance(document.data, Mapping)
    folder = document.file.rpartition("/")[0]
    for index, item in enumerate(as_list(document.data.get("replacements"))):
        if not isinstance(item, Mapping):
            continue
        if isinstance(item.get("path"), str):
            read = view.read(join(folder, item["path"]))
            for other in read.documents if read is not None else ():
                listed = other.data if isinstance(other.data, list) else [other.data]
                for position, one in enumerate(listed):
                    route: Route = (position,) if isinstance(other.data, list) else ()
                    yield from _selects(Place(other.file, other.number, route), one, objects, view.read)
        else:
            at = Place(document.file, document.number, ("replacements", index))
            yield from _selects(at, item, objects, view.read)


def _selects(at: Place, item: object, objects: Sequence[AppliedObject], read: Read) -> Iterator[Fault]:
    targets = item.get("targets") if isinstance(item, Mapping) else None
    for index, target in enumerate(as_list(targets)):
        select = target.get("select") if isinstance(target, Mapping) else None
        if not isinstance(select, Mapping):
            continue
        stated = {str(key): str(value) for key, value in select.items() if isinstance(value, str)}
        probe = Patch(at.file, at.document, None, False, {}, stated, at)
        if any(matches(probe, applied) for applied in objects):
            continue
        place = at._replace(path=(*at.path, "targets", index, "select"))
        fault = _unmatched(probe, place, select, objects, read)
        yield fault._replace(message=f"the replacement in {target_name(probe)} matches nothing and changes nothing")


def _images(view: EnvironmentView, document: Document, objects: Sequence[AppliedObject]) -> Iterator[Fault]:
    assert isinstance(document.data, Mapping)
    entries = as_list(document.data.get("images"))
    if not entries:
        return
    used = [text for applied in objects for text in _image_texts(applied.data)]
    used += [text for patch in view.environment.patches for text in _image_texts(patch.data)]
    before = [text for applied in view.before for text in _image_texts(applied.data)]
    names = {_image(text)["name"] for text in used}
    for index, entry in enumerate(entries):
        name = entry.get("name") if isinstance(entry, Mapping) else None
        if not isinstance(name, str):
            continue
        at = Place(document.file, document.number, ("images", index, "name"))
        if name not in names:
            near = get_close_matches(name, sorted(one for one in names if one), 1)
            yield _nothing(
                f"the image {name} is in no container, so this entry changes nothing", at, near[0] if near else ""
            )
        elif _same(entry, name, [text for text in before if _image(text)["name"] == name]):
            yield Fault(
                rule="",
                message=f"the entry for the image {name} changes nothing: every container has it so already",
                at=at,
                mild="warning",
                label="already so without the entry",
                fix=Suggestion("drop the entry"),
            )


def _same(entry: Mapping[str, Any], name: str, texts: Sequence[str]) -> bool:
    """Whether every image that an entry is for is what it would make of it."""
    wanted = {"name": entry.get("newName", name), "tag": entry.get("newTag"), "digest": entry.get("digest")}
    if not texts or (wanted["tag"] is None and wanted["digest"] is None and wanted["name"] != name):
        return False
    return all(
        _image(text)["name"] == wanted["name"]
        and (wanted["tag"] is None or _image(text)["tag"] == str(wanted["tag"]))
        and _image(text)["digest"] == (wanted["digest"] or (None if wanted["tag"] else _image(text)["digest"]))
        for text in texts
    )


def _image(text: str) -> Mapping[str, str | None]:
    found = re.fullmatch(_IMAGE, text)
    return found.groupdict() if found is not None else {"name": text, "tag": None, "digest": None}


def _image_texts(data: object) -> Iterator[str]:
    """The images of containers, wherever an object holds a list of them (kustomize, imagetag filter)."""
    for path, value in nodes(data):
        inside = path[-3:-2] in (("containers",), ("initContainers",)) and path[-1:] == ("image",)
        if inside and isinstance(value, str):
            yield value


def _nothing(message: str, at: Place, meant: str) -> Fault:
    return Fault(
        rule="",
        message=message + (f"; did you mean {meant}?" if meant else ""),
        at=at,
        label=f"did you mean {meant}?" if meant else "matches nothing",
        fix=Suggestion(
            f"write {meant}" if meant else "name what is there, or drop it",
            (Replacement(at, meant),) if meant and at.part == "value" else (),
        ),
    )


def _data(documents: Iterable[Document], index: int) -> object:
    return next((document.data for document in documents if document.number == index), None)


def _named(item: object) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("name"), str)

"""The proof that no credential of a chart shows: its values are replaced by canaries, and these are looked for.

Two renders of one chart, with the true values and with canaries, differ at a few texts. kustomize moves such texts
about and never looks into them, as long as nothing in its files copies, tests or renames. So a text that is gone from
the true result is gone from the other as well, and no further build has to show it. Wherever that cannot be said, the
build is made again, with canaries, and what comes out is what is searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from hydrogitops.charts.contract import Credential
from hydrogitops.charts.failure import RenderFailure
from hydrogitops.charts.kustomization import is_kustomization
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.charts.workloads import POD_ROUTES, objects
from hydrogitops.model import AppliedObject, Environment, ObjectRef, Patch, Place, Route
from hydrogitops.secrets import canaries
from hydrogitops.source import reading
from hydrogitops.source.shapes import node
from hydrogitops.source.text import DOCUMENT_START

from .inputs import Leak, Read

if TYPE_CHECKING:
    from hydrogitops.charts.engines import Build

_OPAQUE_KEYS = frozenset((
    "apiVersion", "kind", "metadata", "namespace", "helmGlobals", "helmCharts", "resources", "bases", "components",
    "patches", "patchesStrategicMerge", "patchesJson6902", "images", "replicas", "labels", "commonLabels",
    "commonAnnotations", "configMapGenerator", "secretGenerator", "generatorOptions", "buildMetadata", "sortOptions",
))  # fmt: skip
"""Fields of a kustomization that neither copy a text nor rename an object (kustomize 5.8.1, api/types)."""
_OPERATIONS = frozenset(("add", "replace", "remove"))
_RENAMING = frozenset(("", "/kind", "/metadata", "/metadata/name"))
_SIGNS = re.compile(r"[^A-Za-z0-9]+")


class _UnreadableError(Exception):
    """A render that is no YAML: nothing can be said of it."""


class Bait(NamedTuple):
    """What a canary stands for."""

    values: ReleaseValues
    credential: Credential


@dataclass(frozen=True, slots=True)
class Trial:
    """An environment that was built with a probe. `before` and `after`: its objects before and after patches."""

    environment: Environment
    releases: Mapping[str, ReleaseValues]
    build: Build
    before: tuple[AppliedObject, ...]
    after: tuple[AppliedObject, ...]


Again = Callable[[Sequence[Environment]], Sequence["Build | RenderFailure"]]
"""Builds with canaries in place of credentials."""


def layer(values: ReleaseValues | None) -> dict[str, object]:
    """The layer of values that puts a canary in place of each credential that the release has; empty for none."""
    result: dict[str, Any] = {}
    for canary, bait in _baits(values).items():
        *above, last = map(str, bait.credential.value)
        below = result
        for key in above:
            below = below.setdefault(key, {})
        below[last] = canary
    return result


def leaks(trials: Sequence[Trial], read: Read, again: Again) -> dict[str, tuple[Leak, ...] | RenderFailure]:
    """What shows, by the name of the environment; a failure where that cannot be said.

    `again` is called once at most, for the environments in which the first build leaves it open.
    """
    result: dict[str, tuple[Leak, ...] | RenderFailure] = {}
    for trial in trials:
        if trial.build.probed is not None:
            result[trial.environment.name] = _shown(trial, trial.build.probed)
        elif _gone(trial, read):
            result[trial.environment.name] = ()
    left = [trial for trial in trials if trial.environment.name not in result]
    if left:
        outcomes = again([trial.environment for trial in left])
        for trial, outcome in zip(left, outcomes, strict=True):
            text = outcome if isinstance(outcome, RenderFailure) else outcome.text
            result[trial.environment.name] = _shown(trial, text)
    return result


def _baits(values: ReleaseValues | None) -> dict[str, Bait]:
    """A canary for each credential that has a value: of one that has none nothing can show."""
    if values is None or values.contract is None:
        return {}
    return {
        canaries.make(values.release.name, *map(str, credential.value)): Bait(values, credential)
        for credential in values.contract.credentials
        if (value := _effective(values, credential)) and isinstance(value, str | int | float)
    }


def _all_baits(trial: Trial) -> dict[str, Bait]:
    return {canary: bait for values in trial.releases.values() for canary, bait in _baits(values).items()}


def _effective(values: ReleaseValues, credential: Credential) -> object:
    """The value as the chart sees it; by the contract where its own values could not be read."""
    value = values.value(credential.value)
    if value is None and values.coalesced is None and not any(one.holds(credential.value) for one in values.layers):
        return credential.default
    return value


# What a build with canaries shows -------------------------------------------------------------------------------------


def _shown(trial: Trial, probed: str | RenderFailure) -> tuple[Leak, ...] | RenderFailure:
    """Every place at which a canary is left in what would be applied."""
    if isinstance(probed, RenderFailure):
        return probed
    baits = _all_baits(trial)
    true = {applied.ref: applied.data for applied in trial.after}
    found: list[Leak] = []
    try:
        different = list(_different(probed, trial.build.text))
    except _UnreadableError:
        return RenderFailure("what comes out with canaries in place of credentials is no YAML", "failed")
    for applied in different:
        own = true.get(applied.ref)
        for path, canary, how in _caught(applied, own, baits):
            values, credential = baits[canary]
            text = node(own, path)
            public = (
                bool(credential.default)
                and str(_effective(values, credential)) == credential.default
                and isinstance(text, str)
                and bool(canaries.found(text, (credential.default,)))
            )
            found.append(Leak(values.release.name, credential, applied.ref, path, how, public))
    return tuple(found)


def _different(text: str, than: str) -> Iterator[AppliedObject]:
    """The objects of a stream that the other stream has not to the letter. A canary can be in no other."""
    same = set(DOCUMENT_START.split(than))
    for document in DOCUMENT_START.split(text):
        if document not in same:
            file = reading.read("", document)
            if file.broken:
                raise _UnreadableError
            yield from objects(file)


def _caught(applied: AppliedObject, true: object, words: Iterable[str]) -> Iterator[tuple[Route, str, str]]:
    """Each canary in an object: path, canary, form. What the true object holds as well is none."""
    known = {text for _, text in _texts(true)}
    for path, text in _texts(applied.data):
        if text not in known:
            for canary, how in canaries.found(text, words).items():
                yield path, canary, how


def _texts(data: object, route: Route = ()) -> Iterator[tuple[Route, str]]:
    """All texts of an object with their paths, keys of maps among them."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield (*route, key), str(key)
            yield from _texts(value, (*route, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _texts(value, (*route, index))
    elif isinstance(data, str):
        yield route, data


# What the first build proves ------------------------------------------------------------------------------------------


def _gone(trial: Trial, read: Read) -> bool:
    """Whether it is certain that a build with canaries would show none."""
    baits = _all_baits(trial)
    if not baits:
        return True
    suspects: list[tuple[AppliedObject, AppliedObject | None, list[Route]]] = []
    before = {applied.ref: applied for applied in trial.before if applied.release}
    for chart in trial.build.charts:
        if not isinstance(chart.probed, str):
            if chart.probed is None and not _baits(trial.releases.get(chart.release)):
                continue
            return False
        try:
            different = list(_different(chart.probed, chart.text))
        except _UnreadableError:
            return False
        for applied in different:
            true = before.get(applied.ref)
            paths = [path for path, _, _ in _caught(applied, true.data if true is not None else None, baits)]
            if paths:
                suspects.append((applied, true, paths))
    if suspects and not _opaque_build(trial, read):
        return False
    after: dict[tuple[str, str], list[AppliedObject]] = {}
    for applied in trial.after:
        after.setdefault((applied.ref.kind, applied.ref.name), []).append(applied)
    return all(
        true is not None and _removed(applied, true, paths, after.get((applied.ref.kind, applied.ref.name), []))
        for applied, true, paths in suspects
    )


def _removed(
    probed: AppliedObject, true: AppliedObject, paths: Iterable[Route], after: Sequence[AppliedObject]
) -> bool:
    """Whether patches take all texts at `paths` out of an object, judged by what became of the true one."""
    # Patches find their objects by these.
    for key in ("labels", "annotations"):
        if node(probed.data, ("metadata", key)) != node(true.data, ("metadata", key)):
            return False
    if not after:
        return True
    changed = _changes(true.data, probed.data)
    if changed is None or not all(_opaque(true.ref.kind, path) for path in changed):
        return False
    left = {(_keys(path), _letters(text)) for one in after for path, text in _texts(one.data)}
    here = [(path, node(true.data, path)) for path in paths]
    return all(isinstance(text, str) and (_keys(path), _letters(text)) not in left for path, text in here)


def _changes(one: object, other: object, route: Route = ()) -> list[Route] | None:
    """The paths of scalars that differ; None where maps have other keys or lists another length."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if one.keys() != other.keys():
            return None
        pairs: Iterable[tuple[str | int, object, object]] = ((key, one[key], other[key]) for key in one)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return None
        pairs = ((index, *both) for index, both in enumerate(zip(one, other, strict=True)))
    elif isinstance(one, Mapping | list) or isinstance(other, Mapping | list):
        return None
    else:
        return [] if one == other and type(one) is type(other) else [route]
    found: list[Route] = []
    for key, left, right in pairs:
        below = _changes(left, right, (*route, key))
        if below is None:
            return None
        found += below
    return found


def _opaque(kind: str, path: Route) -> bool:
    """Whether kustomize takes the text there as a whole: no key of a list, no name, nothing that it looks at."""
    if kind in ("ConfigMap", "Secret"):
        return len(path) == 2 and path[0] in ("data", "stringData", "binaryData")
    pod = POD_ROUTES.get(kind)
    if pod is None:
        return False
    if path[: len(pod)] == pod:
        match path[len(pod) :]:
            case ("containers" | "initContainers", int(), "env", int(), "value"):
                return True
            case ("containers" | "initContainers", int(), "args" | "command", int()):
                return True
    return len(pod) > 1 and path[:-1] == (*pod[:-1], "metadata", "annotations")


def _keys(path: Route) -> tuple[str | None, ...]:
    """A path without positions: items of lists move when a patch adds or removes others."""
    return tuple(None if isinstance(key, int) else key for key in path)


def _letters(text: str) -> str:
    """A text without what writing it anew as YAML may change."""
    return _SIGNS.sub("", text)


def _opaque_build(trial: Trial, read: Read) -> bool:
    """Whether nothing in the kustomizations copies, tests or renames, and every object is known by its own name."""
    generated: set[str] = set()
    read_patches = {patch.declared for patch in trial.environment.patches}
    # What is built in stages is rendered when no kustomization sees it any more.
    apart = bool(trial.environment.stages)
    for name in trial.environment.files:
        if not is_kustomization(name):
            continue
        file = read(name)
        if file is None:
            return False
        for document in file.documents:
            data = document.data
            if not isinstance(data, Mapping) or not (apart or _OPAQUE_KEYS.issuperset(data)):
                return False
            for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
                for index, item in enumerate(data.get(key) or ()):
                    renames = isinstance(item, Mapping) and "options" in item
                    if not apart and (renames or Place(name, 0, (key, index)) not in read_patches):
                        return False
            for key in ("configMapGenerator", "secretGenerator"):
                for item in data.get(key) or ():
                    # Merged into what a chart made, it would take that along under another name.
                    if not isinstance(item, Mapping) or item.get("behavior", "create") != "create":
                        return False
                    generated.add(str(item.get("name")))
    if not all(_moves_nothing(patch) for patch in trial.environment.patches if patch.release != ""):
        return False
    names = {(applied.ref.kind, applied.ref.name) for applied in trial.before}
    return all((ref.kind, ref.name) in names or _made(ref, generated) for ref in (one.ref for one in trial.after))


def _moves_nothing(patch: Patch) -> bool:
    if not isinstance(patch.data, list):
        return isinstance(patch.data, Mapping)
    return all(
        isinstance(operation, Mapping)
        and operation.get("op") in _OPERATIONS
        and operation.get("path") not in _RENAMING
        and operation.get("from") is None
        for operation in patch.data
    )


def _made(ref: ObjectRef, generated: Iterable[str]) -> bool:
    """Whether a generator of kustomize made the object; the name may end in the hash of what it holds."""
    return ref.kind in ("ConfigMap", "Secret") and any(
        ref.name == name or ref.name.startswith(f"{name}-") for name in generated
    )

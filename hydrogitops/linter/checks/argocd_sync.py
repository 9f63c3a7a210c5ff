"""Checks on the order in which Argo CD applies objects: hooks, phases and waves (gitops-engine, pkg/sync, 3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hydrogitops.linter.inputs import EnvironmentView, Parameters, text_of
from hydrogitops.linter.labels import namespace_of
from hydrogitops.linter.secret_readers import Reading, readings
from hydrogitops.model import AppliedObject, Fault, Field, Related, Route, Suggestion
from hydrogitops.source.shapes import node

HOOK, WAVE = "argocd.argoproj.io/hook", "argocd.argoproj.io/sync-wave"
HELM_HOOK, HELM_WEIGHT = "helm.sh/hook", "helm.sh/hook-weight"
HOOKS = ("PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete")
HELM_HOOKS = {
    "pre-install": "PreSync",
    "pre-upgrade": "PreSync",
    "post-install": "PostSync",
    "post-upgrade": "PostSync",
    "pre-delete": "PreDelete",
    "post-delete": "PostDelete",
}
"""Helm's hooks that Argo CD follows, as its own; it passes over all others."""
SYNC = 1
PHASES = {"PreSync": 0, "Sync": SYNC, "PostSync": 2}

_NUMBER = re.compile(r"[+-]?\d+")


def helm_hooks_ignored(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A hook of Argo CD's beside hooks of Helm's: Argo CD then ignores all of Helm's in the Application."""
    if view.environment.application is None:
        return
    own = [applied for applied in view.objects if _own_hooks(applied)]
    helm = [applied for applied in view.objects if _helm_hooks(applied) and not _own_hooks(applied)]
    if not helm:
        return
    for applied in own:
        path: Route = ("metadata", "annotations", HOOK)
        more = f" and {len(helm) - 1} more" if len(helm) > 1 else ""
        yield Fault(
            rule="",
            message=f"{text_of(applied.ref)} is a hook of Argo CD's, so the hooks of Helm's are ignored:"
            f" {text_of(helm[0].ref)}{more}",
            at=Field(applied.ref, path),
            label="turns off the hooks of Helm's",
            related=(Related(Field(helm[0].ref, ("metadata", "annotations", HELM_HOOK)), "this one is ignored"),),
            object=applied.ref,
            path=path,
            fix=Suggestion(f"order it by {WAVE} instead"),
        )


def sync_order(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A SealedSecret that is applied no earlier than the workload that reads its Secret."""
    if view.environment.application is None or not view.sealed:
        return
    readers: dict[tuple[str, str], list[tuple[tuple[int, int], Reading]]] = {}
    for workload in view.workloads:
        order = _order(workload.object)
        if order is None:
            continue
        for reading in readings(workload.object, namespace_of(workload.ref.namespace, view.environment)):
            if not reading.optional:
                readers.setdefault((reading.namespace, reading.name), []).append((order, reading))
    for secret in view.sealed:
        order = _order(secret.object)
        own = readers.get((namespace_of(secret.namespace, view.environment), secret.name), [])
        early = [reading for when, reading in own if order is not None and when <= order]
        if not early or order is None:
            continue
        names = list(dict.fromkeys(text_of(reading.object.ref) for reading in early))
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        path: Route = ("metadata", "annotations", WAVE)
        yield Fault(
            rule="",
            message=f"the SealedSecret {secret.name} is applied no earlier than {names[0]}{more}, which read"
            f"{'' if more else 's'} it",
            at=Field(secret.object.ref, path, missing=WAVE not in _annotations(secret.object)),
            label="in no earlier wave than what reads it",
            related=(Related(Field(early[0].object.ref, early[0].path), "read here"),),
            object=secret.object.ref,
            path=path,
            fix=Suggestion(f'annotate it with {WAVE}: "-1"'),
        )


def _order(applied: AppliedObject) -> tuple[int, int] | None:
    """Phase and wave of an object; None where no sync applies it."""
    phase = SYNC
    hooks = _own_hooks(applied) or _helm_hooks(applied)
    if hooks:
        phases = [PHASES[hook] for hook in hooks if hook in PHASES]
        if not phases:
            return None
        phase = min(phases)
    elif HOOK in _annotations(applied) or _words(applied, HELM_HOOK) not in ([], ["crd-install"]):
        # A hook that is skipped, or that Argo CD does not know, is never applied.
        return None
    annotations = _annotations(applied)
    wave = annotations.get(WAVE, "")
    if _NUMBER.fullmatch(wave) is None:
        wave = annotations.get(HELM_WEIGHT, "")
    return phase, int(wave) if _NUMBER.fullmatch(wave) else 0


def _own_hooks(applied: AppliedObject) -> list[str]:
    return [word for word in _words(applied, HOOK) if word in HOOKS]


def _helm_hooks(applied: AppliedObject) -> list[str]:
    return [HELM_HOOKS[word] for word in _words(applied, HELM_HOOK) if word in HELM_HOOKS]


def _words(applied: AppliedObject, annotation: str) -> list[str]:
    return [word.strip() for word in _annotations(applied).get(annotation, "").split(",") if word.strip()]


def _annotations(applied: AppliedObject) -> dict[str, str]:
    found = node(applied.data, ("metadata", "annotations"))
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}

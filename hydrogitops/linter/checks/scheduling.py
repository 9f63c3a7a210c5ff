"""Checks on where pods may land: tolerations, selectors, budgets, against the nodes that an environment declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from hydrogitops.kube.scheduling import NodePool, Stop, schedulable
from hydrogitops.kube.tolerations import tolerates, validate
from hydrogitops.linter import model_pods, subjects
from hydrogitops.linter.inputs import Parameters, WorkloadView, dotted
from hydrogitops.model import Fault, Field, Place, Related, Replacement, Route, Suggestion, Workload

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
OPERATORS = ("Equal", "Exists")
NODE_CONDITIONS = "node.kubernetes.io/"


def toleration_invalid(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """What the API server refuses in a toleration."""
    yield from _no_toleration(view)
    for index, toleration in tolerations(view.workload):
        for problem in validate([toleration]):
            key = problem.field.rpartition(".")[2] if "." in problem.field else ""
            here = key if key in toleration else ""
            at = view.field(None, "tolerations", index, *([here] if here else []))
            likely = _likely(key, toleration)
            # The API server blames the operator for a value that has no place beside `Exists`.
            if key == "operator" and toleration.get("operator") == "Exists" and "value" in toleration:
                at, likely = view.field(None, "tolerations", index, "value"), ""
            yield _fault(
                view,
                at,
                f"toleration {_shown(toleration)}: {problem.message}",
                label="the API server refuses this",
                fix=Suggestion(f"write {likely}", (Replacement(at, likely),))
                if likely
                else Suggestion(_mend(toleration)),
                about=(subjects.toleration(view.workload.ref, index),),
            )
            break


def _no_toleration(view: WorkloadView) -> Iterator[Fault]:
    """Something else in the place of the list, or of one in it."""
    stated = view.workload.spec.get("tolerations")
    wrong = enumerate(stated) if isinstance(stated, list) else ()
    told: list[tuple[Route, str]] = [
        ((index,), "a map is wanted as a toleration") for index, one in wrong if not isinstance(one, Mapping)
    ]
    if stated is not None and not isinstance(stated, list):
        told = [((), "a list is wanted as tolerations")]
    for route, message in told:
        yield _fault(
            view,
            view.field(None, "tolerations", *route),
            message,
            label="the API server refuses this",
            fix=Suggestion("write a list of tolerations" if not route else "write key, operator, value and effect"),
            about=(subjects.workload(view.workload.ref),),
        )


def toleration_missing(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A taint that nobody tolerates keeps the workload off every declared pool that it selects."""
    pools = view.environment.pools
    if not pools:
        return
    yield from _models_kept_off(view, pools)
    if view.workload.kind == "DaemonSet" and _some_pool_is_open(view):
        return
    kept_off = _kept_off(view.workload.spec, pools)
    if kept_off is None:
        return
    name, taint = kept_off
    route = (*view.workload.pod, "tolerations")
    listed = Field(view.workload.ref, route, missing=not view.workload.spec.get("tolerations"))
    yield Fault(
        rule="",
        message=f"{view.workload.kind}/{view.workload.name} tolerates no taint {_taint(taint)} of pool {name}, "
        "so it lands nowhere",
        at=_untolerated(view, listed, taint),
        object=view.workload.ref,
        path=route,
        label="the toleration is missing here",
        related=_declared(view, name, taint),
        fix=Suggestion(f"add the toleration {{{_toleration(taint)}}}"),
        subjects=(
            subjects.workload(view.workload.ref),
            *(subjects.container(view.workload.ref, c.name) for c in view.workload.containers),
            *(subjects.toleration(view.workload.ref, i) for i, _ in tolerations(view.workload)),
            subjects.field(view.workload.ref, (*view.workload.pod, "nodeSelector")),
        ),
    )


def _untolerated(view: WorkloadView, field: Field, taint: Mapping[str, object]) -> Field | Place:
    """Where a toleration is missing: where a patch took one for the taint away, else the list that lacks it."""
    taken = view.environment.taken(field)
    return next((at for value, at in reversed(taken) if isinstance(value, Mapping) and tolerates(value, taint)), field)


def _kept_off(spec: Mapping[str, Any], pools: Sequence[NodePool]) -> tuple[str, Mapping[str, object]] | None:
    """The first pool that a pod selects, with its taint, where taints keep the pod off every one that it selects."""
    placement = schedulable({"spec": spec}, pools)
    by_pool: dict[str, list[Stop]] = {}
    for stop in placement.stops:
        by_pool.setdefault(stop.pool, []).append(stop)
    tainted = {
        name: stops for name, stops in by_pool.items() if not any(s.kind in ("selector", "affinity") for s in stops)
    }
    kept_off = {name: [s for s in stops if s.kind == "taint"] for name, stops in tainted.items()}
    if placement.fits or placement.unknown or not kept_off or not all(kept_off.values()):
        return None
    name, stops = next(iter(kept_off.items()))
    return name, stops[0].taint or {}


def _models_kept_off(view: WorkloadView, pools: Sequence[NodePool]) -> Iterator[Fault]:
    """The same of the pods that a manager makes for deployed models: told where its configuration would say it."""
    for values, _ in view.environment.contracts():
        if view.workload.kind != "Deployment" or view.workload.name != f"{values.release.name}-{model_pods.VALUE[0]}":
            continue
        pods = model_pods.model_pods(view.environment, values)
        kept_off = _kept_off(pods.spec, pools) if pods is not None else None
        if pods is None or kept_off is None:
            continue
        name, taint = kept_off
        value = dotted(model_pods.VALUE)
        yield Fault(
            rule="",
            message=f"pods of deployed models tolerate no taint {_taint(taint)} of pool {name}, so they land nowhere: "
            f"{value} gives them no such toleration",
            at=view.environment.place_of(values, model_pods.VALUE),
            mild="warning",
            object=pods.configuration,
            path=pods.path,
            label="the toleration is missing here",
            related=_declared(view, name, taint),
            fix=Suggestion(f"add the toleration {{{_toleration(taint)}}} to pod.tolerations in {value}"),
            subjects=(subjects.value(values.release.name, model_pods.VALUE),),
        )


def toleration_unused(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A toleration for a taint that no declared pool has."""
    pools = view.environment.pools
    if not pools:
        return
    taints = [taint for pool in pools for taint in pool.taints]
    for index, toleration in tolerations(view.workload):
        key = str(toleration.get("key") or "")
        if not key or key.startswith(NODE_CONDITIONS) or validate([toleration]):
            continue
        if any(tolerates(toleration, taint) for taint in taints):
            continue
        near = _near(toleration, taints)
        wrong = view.field(None, "tolerations", index, near[0]) if near and near[0] in toleration else None
        yield _fault(
            view,
            view.field(None, "tolerations", index),
            f"toleration {_shown(toleration)} matches no taint of any declared pool"
            + (f"; did you mean {near[0]} {near[1]}?" if near else ""),
            label="no pool has this taint",
            fix=Suggestion(f"write {near[1]}", (Replacement(wrong, near[1]),) if wrong is not None else ())
            if near
            else Suggestion("drop it"),
            # With a likely taint in sight this explains why the workload lands nowhere; without one it may be idle.
            about=(subjects.toleration(view.workload.ref, index),) if near else (),
        )


def toleration_everything(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """Empty key with `Exists` tolerates every taint, that of a dying node too."""
    if view.workload.kind == "DaemonSet":
        return
    for index, toleration in tolerations(view.workload):
        if not toleration.get("key") and toleration.get("operator") == "Exists" and not validate([toleration]):
            effect = toleration.get("effect")
            yield _fault(
                view,
                view.field(None, "tolerations", index),
                f"{view.workload.kind}/{view.workload.name} tolerates every taint"
                + (f" with effect {effect}" if effect else ", that of a node that is being drained too"),
                label="matches every taint",
                fix=Suggestion("name the taints"),
                about=(subjects.toleration(view.workload.ref, index),),
            )


def selector_unmatched(view: WorkloadView, parameters: Parameters) -> Iterator[Fault]:
    """A nodeSelector or required affinity that no declared pool satisfies."""
    pools = view.environment.pools
    if not pools:
        return
    placement = schedulable({"spec": view.workload.spec}, pools)
    by_pool: dict[str, list[Stop]] = {}
    for stop in placement.stops:
        by_pool.setdefault(stop.pool, []).append(stop)
    if len(by_pool) < len(pools) or not all(
        any(stop.kind in ("selector", "affinity") for stop in stops) for stops in by_pool.values()
    ):
        return
    stop = next(stop for stops in by_pool.values() for stop in stops if stop.kind in ("selector", "affinity"))
    at = view.field(None, *stop.path)
    near = _near_label(stop, view)
    yield _fault(
        view,
        at,
        f"{view.workload.kind}/{view.workload.name} selects nodes that no declared pool has: "
        f"{stop.message[:1].lower()}{stop.message[1:].rstrip('.')}" + (f"; did you mean {near}?" if near else ""),
        label="no pool has this",
        fix=Suggestion(f"write {near}") if near else Suggestion("select a label that a pool has"),
        about=(subjects.workload(view.workload.ref),),
    )


def tolerations(workload: Workload) -> list[tuple[int, Mapping[str, Any]]]:
    """The tolerations of a workload's pods with their positions."""
    listed = workload.spec.get("tolerations")
    return [(i, one) for i, one in enumerate(listed) if isinstance(one, Mapping)] if isinstance(listed, list) else []


def _fault(view: WorkloadView, at: Field, message: str, *, label: str, fix: Suggestion, about: Sequence[Any]) -> Fault:
    return Fault(
        rule="",
        message=message,
        at=at,
        object=view.workload.ref,
        path=at.path,
        label=label,
        fix=fix,
        subjects=tuple(about),
    )


def _declared(view: WorkloadView, pool: str, taint: Mapping[str, object]) -> tuple[Related, ...]:
    """Where the configuration declares the taint."""
    for index, one in enumerate(view.environment.environment.pools or ()):
        for number, other in enumerate(one.taints if one.name == pool else ()):
            if other == taint:
                route = ("environments", view.environment.name, "pools", index, "taints", number)
                return (Related(Place(".hydrogitops.yaml", 0, route), f"the taint of pool {pool}"),)
    return ()


def _some_pool_is_open(view: WorkloadView) -> bool:
    """A DaemonSet is for the nodes that take it; it misses a toleration only if none does."""
    placement = schedulable({"spec": view.workload.spec}, view.environment.pools or ())
    return bool(placement.fits or placement.unknown)


def _likely(key: str, toleration: Mapping[str, Any]) -> str:
    value = str(toleration.get(key, ""))
    options = {"effect": EFFECTS, "operator": OPERATORS}.get(key, ())
    by_case = {option.lower(): option for option in options}
    near = get_close_matches(value.lower(), by_case, 1, 0.5)
    return by_case[near[0]] if near and value else ""


def _mend(toleration: Mapping[str, Any]) -> str:
    if toleration.get("operator") == "Exists" and "value" in toleration:
        return "drop the value, or write operator: Equal"
    if not toleration.get("key"):
        return "name the key, or write operator: Exists"
    if "tolerationSeconds" in toleration:
        return "tolerationSeconds goes with effect: NoExecute only"
    return "write what the API server takes"


def _near(toleration: Mapping[str, Any], taints: Sequence[Mapping[str, object]]) -> tuple[str, str] | None:
    """The one field of the toleration that differs from a taint, and the taint's text for it."""
    for taint in taints:
        differing = [
            field
            for field in ("key", "value", "effect")
            if str(toleration.get(field) or "") != str(taint.get(field) or "")
            and not (field == "effect" and not toleration.get("effect"))
            and not (field == "value" and toleration.get("operator") == "Exists")
        ]
        if len(differing) == 1:
            field = differing[0]
            mine, theirs = str(toleration.get(field) or ""), str(taint.get(field) or "")
            if field == "effect" or get_close_matches(mine.lower(), [theirs.lower()], 1, 0.6):
                return field, theirs
    return None


def _near_label(stop: Stop, view: WorkloadView) -> str:
    labels = {f"{k}": v for pool in view.environment.pools or () for k, v in pool.labels.items()}
    if stop.detail in labels:
        return f"{stop.detail}: {labels[stop.detail]}"
    near = get_close_matches(stop.detail, labels, 1)
    return f"{near[0]}: {labels[near[0]]}" if near else ""


def _shown(toleration: Mapping[str, Any]) -> str:
    parts = [f"{key}: {value}" for key, value in toleration.items()]
    return "{" + ", ".join(parts) + "}"


def _taint(taint: Mapping[str, object]) -> str:
    value = f"={taint['value']}" if taint.get("value") else ""
    return f"{taint.get('key')}{value}:{taint.get('effect')}"


def _toleration(taint: Mapping[str, object]) -> str:
    value = f"operator: Equal, value: {taint['value']}" if taint.get("value") else "operator: Exists"
    return f"key: {taint.get('key')}, {value}, effect: {taint.get('effect')}"

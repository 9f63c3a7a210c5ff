"""Checks on buckets and regions, by what AWS takes for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hydrogitops.charts import aws
from hydrogitops.charts.contract import Contract
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Parameters, dotted, nodes
from hydrogitops.model import Fault, Field, Place, Related, Replacement, Route, Suggestion
from hydrogitops.source.shapes import node

from .hydrosphere import OPEN, serving

_REGION: Route = ("global", "persistence", "region")
_STORE: Route = ("global", "persistence", "url")
_S3 = re.compile(r"(?:^|[/.])s3[.-]")
_REGION_WITHIN = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]+")


def bucket_name(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A bucket's name that S3 refuses, or that hardly anybody can have."""
    for values, known in serving(view):
        for path, name, place in _stated(values, known, "bucket"):
            problem = aws.bucket_problem(name)
            doubt = problem or aws.bucket_doubt(name)
            if doubt:
                yield Fault(
                    rule="",
                    message=f"{dotted(path)}: {doubt}",
                    at=place,
                    mild=None if problem else "warning",
                    label=doubt,
                    fix=Suggestion("write the name of a bucket of your own"),
                    subjects=(subjects.value(values.release.name, path),),
                )


def region(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """What is no region, and endpoints and ARNs of another region than the environment's."""
    for values, known in serving(view):
        stated: list[tuple[str, Place]] = []
        wrong = False
        foreign = _is_foreign(values)
        for path, text, place in _stated(values, known, "region"):
            problem = "" if foreign else aws.region_problem(text)
            if problem:
                wrong = True
                yield _no_region(values, path, text, place, problem)
            else:
                stated.append((text, place))
        # Where every reader is told what is no region, there is nothing to hold the object store against.
        readers = stated or ([] if wrong else _default(view, values))
        yield from _endpoints(view, values, readers)
    yield from _certificates(view)


def _is_foreign(values: ReleaseValues) -> bool:
    """Whether the object store is stated and none of AWS: what that calls its region is its own business."""
    url = values.value(_STORE)
    return isinstance(url, str) and bool(url) and not aws.is_aws_host(url)


def _stated(values: ReleaseValues, known: Contract, form: str) -> Iterator[tuple[Route, str, Place]]:
    """The values of a form that a layer writes and that are texts and answered: path, text, place."""
    for shape in known.shapes:
        if shape.form != form:
            continue
        winner = values.winner(shape.value)
        if winner is None or winner.place is None or not isinstance(winner.value, str):
            continue
        if winner.value and not OPEN.fullmatch(winner.value):
            yield shape.value, winner.value, winner.place


def _no_region(values: ReleaseValues, path: Route, text: str, place: Place, problem: str) -> Fault:
    within = _REGION_WITHIN.match(text)
    right = within.group() if within is not None and not aws.region_problem(within.group()) else ""
    return Fault(
        rule="",
        message=f"{dotted(path)}: {problem}",
        at=place,
        label=problem,
        fix=Suggestion(f"write {right or 'the region'}", (Replacement(place, right),) if right else ()),
        subjects=(subjects.value(values.release.name, path),),
    )


def _endpoints(view: EnvironmentView, values: ReleaseValues, readers: list[tuple[str, Place]]) -> Iterator[Fault]:
    """Endpoints and ARNs in values that name another region than the one they are used from."""
    home = _home(view)
    for path, text, place in _addresses(values):
        arn = text.startswith("arn:")
        own = aws.arn_region(text) if arn else aws.endpoint_region(text)
        # The object store is held against the regions that its readers are told, all else against the account's.
        others = readers if _S3.search(text) else home
        wrong = next((one for one in others if own and one[0] != own), None)
        if wrong is None:
            continue
        what = "the ARN of something" if arn else "an endpoint"
        yield Fault(
            rule="",
            message=f"{dotted(path)} is {what} in {own}, the region is {wrong[0]}",
            at=place,
            mild="warning",
            label=f"not {wrong[0]}",
            related=(Related(wrong[1], f"{wrong[0]} is the region here"),),
            fix=Suggestion(f"take the one of {wrong[0]}, or correct the region"),
            subjects=(subjects.value(values.release.name, path),),
        )


def _certificates(view: EnvironmentView) -> Iterator[Fault]:
    """ARNs in annotations of applied objects, such as a load balancer's certificate."""
    for region, place in _home(view) if any(serving(view)) else ():
        for applied in view.objects:
            annotations = node(applied.data, ("metadata", "annotations"))
            for key, text in annotations.items() if isinstance(annotations, Mapping) else ():
                own = aws.arn_region(text) if isinstance(text, str) and str(key).endswith("-arn") else ""
                if not own or own == region:
                    continue
                path: Route = ("metadata", "annotations", str(key))
                name = f"{applied.ref.kind}/{applied.ref.name}"
                yield Fault(
                    rule="",
                    message=f"{name}: {key} names something in {own}, the region is {region}",
                    at=Field(applied.ref, path),
                    mild="warning",
                    label=f"not {region}",
                    related=(Related(place, f"{region} is stated here"),),
                    object=applied.ref,
                    path=path,
                    fix=Suggestion(f"take the one of {region}"),
                )


def _default(view: EnvironmentView, values: ReleaseValues) -> list[tuple[str, Place]]:
    """The region that the readers of the object store are told where no layer says one: the chart's."""
    text = values.value(_REGION)
    return [(text, view.place_of(values, _REGION))] if isinstance(text, str) and text else []


def _home(view: EnvironmentView) -> list[tuple[str, Place]]:
    """The environment's region as the answers state it, if they do."""
    answer = view.answer("aws", "region")
    if answer is None or not isinstance(answer.value, str) or aws.region_problem(answer.value):
        return []
    return [(answer.value, answer.place)]


def _addresses(values: ReleaseValues) -> Iterator[tuple[Route, str, Place]]:
    """Every ARN and address of AWS in the layers, where it counts."""
    for layer in values.layers:
        for path, value in nodes(layer.data):
            if not isinstance(value, str) or not (value.startswith("arn:") or ".amazonaws." in value):
                continue
            winner = values.winner(path)
            if winner is not None and winner.layer is layer and winner.place is not None:
                yield path, value, winner.place

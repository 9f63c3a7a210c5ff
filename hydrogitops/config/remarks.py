"""What a user must know of answers that are right: what they bring with them, and what is likely not meant."""

from __future__ import annotations

from collections.abc import Iterator

from .answer_models import Answers
from .answers import facts
from .defaults import TODO, in_cluster


def remarks(answers: Answers) -> Iterator[str]:
    """A sentence each, without a dot at its end."""
    inside = in_cluster(answers.model_dump()) & {"postgresql", "mongodb"}
    production = [name for name, one in answers.environments.items() if one.profile == "production"]
    if inside and production:
        yield f"{' and '.join(sorted(inside))} in the cluster: one copy without backup, in {', '.join(production)} too"
    yield from _registry(answers)
    if answers.mongodb.kind == "documentdb":
        yield "the chart cannot speak TLS to DocumentDB: its cluster needs the parameter tls disabled"
    yield from _shared(answers)


def _registry(answers: Answers) -> Iterator[str]:
    registry = answers.registry
    if registry.kind == "ecr":
        yield "ECR's tokens last 12 hours: a job or a generator must refresh the registry's secrets, sealed ones expire"
        if registry.username not in ("AWS", TODO):
            yield "the user name at ECR is AWS, whoever logs in"
    if registry.kind in ("dockerhub", "harbor") and registry.url not in (None, TODO) and "/" not in registry.url:
        what = "account" if registry.kind == "dockerhub" else "project"
        yield f"registry.url names no {what}, and {registry.kind} takes no image without one: {registry.url}/NAME"


def _shared(answers: Answers) -> Iterator[str]:
    """Facts of services outside that two environments have in common, so that one works on what is the other's."""
    users: dict[tuple[str, str], list[str]] = {}
    for name in answers.environments:
        for fact in _owned(facts(answers, name)):
            users.setdefault(fact, []).append(name)
    shared: dict[tuple[str, ...], list[str]] = {}
    for (what, _), names in users.items():
        if len(names) > 1 and what not in shared.setdefault(tuple(names), []):
            shared[tuple(names)].append(what)
    for group, things in shared.items():
        yield f"{', '.join(group)} share {_listed(things)}; `overrides` of an environment gives it its own"


def _owned(answers: Answers) -> Iterator[tuple[str, str]]:
    """What belongs to one environment, by its place in the answers, where it is outside and known."""
    for name in ("postgresql", "mongodb"):
        service = getattr(answers, name)
        if service.host not in (None, TODO):
            yield name, f"{service.host}/{service.database}"
    if answers.storage.kind != "minio":
        for bucket in (answers.storage.buckets.feature_lake, answers.storage.buckets.visualization):
            if bucket not in (None, TODO):
                yield "buckets", f"{answers.storage.url}/{bucket}"
    if answers.ingress.host not in (None, TODO):
        yield "ingress.host", str(answers.ingress.host)


def _listed(things: list[str]) -> str:
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"

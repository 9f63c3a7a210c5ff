"""The facts that nobody but the user knows: where they stand in the answers, what they are, when they are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .defaults import TODO

Path = tuple[str | int, ...]


def _always(_: Mapping[str, Any]) -> bool:
    return True


def _kind(part: str, *kinds: str) -> Callable[[Mapping[str, Any]], bool]:
    def holds(answers: Mapping[str, Any]) -> bool:
        section = answers.get(part)
        return isinstance(section, Mapping) and section.get("kind") in kinds

    return holds


def _not(condition: Callable[[Mapping[str, Any]], bool]) -> Callable[[Mapping[str, Any]], bool]:
    return lambda answers: not condition(answers)


_S3 = _kind("storage", "s3")
_REGISTRY_INSIDE = _kind("registry", "in-cluster")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fact that has no default. `question` is what to ask for, `needed` says when. It may differ by environment."""

    path: tuple[str, ...]
    question: str
    needed: Callable[[Mapping[str, Any]], bool] = _always
    derived: bool = False
    """It follows from another fact of the list, so it isn't asked for beside that one."""


WANTED: Final = (
    Wanted(("repository",), "address that the cluster reads this repository from"),
    Wanted(("aws", "account"), "id of the AWS account, twelve digits"),
    Wanted(("aws", "region"), "AWS region, such as us-east-1"),
    Wanted(("registry", "url"), "registry that models are pushed to, such as docker.io/acme", _not(_REGISTRY_INSIDE)),
    Wanted(("registry", "username"), "user name at that registry", _not(_REGISTRY_INSIDE)),
    Wanted(("postgresql", "host"), "host of the PostgreSQL service", _not(_kind("postgresql", "in-cluster"))),
    Wanted(
        ("postgresql", "version"),
        "version of the PostgreSQL service, 10 or newer",
        _not(_kind("postgresql", "in-cluster")),
    ),
    Wanted(("mongodb", "host"), "host of the MongoDB service", _not(_kind("mongodb", "in-cluster"))),
    Wanted(("mongodb", "version"), "version of the MongoDB service, 4.0 or newer", _kind("mongodb", "external")),
    Wanted(
        ("mongodb", "engine_version"),
        "engine version of the DocumentDB cluster, 8.0.2 or newer",
        _kind("mongodb", "documentdb"),
    ),
    Wanted(("storage", "region"), "region of the object store", _S3, derived=True),
    Wanted(("storage", "region"), "region name that the object store expects", _kind("storage", "other"), derived=True),
    Wanted(("storage", "url"), "address of S3 in that region", _S3, derived=True),
    Wanted(("storage", "url"), "address of the object store, with its scheme", _kind("storage", "other")),
    Wanted(("storage", "buckets", "feature_lake"), "bucket for the feature lake", _not(_kind("storage", "minio"))),
    Wanted(
        ("storage", "buckets", "visualization"),
        "bucket for artifacts of the visualization",
        _not(_kind("storage", "minio")),
    ),
    Wanted(
        ("storage", "buckets", "model_registry"),
        "bucket for the registry in the cluster",
        lambda answers: _REGISTRY_INSIDE(answers) and not _kind("storage", "minio")(answers),
    ),
    Wanted(("ingress", "host"), "host name that users open", _kind("ingress", "alb", "nginx")),
)

CLUSTER = (
    "address of the API server of this environment's cluster, as Argo CD knows it, or its ARN for the EKS capability"
)
_ADDRESS = "address of the API server of this environment's cluster, as Argo CD knows it"
_ARN = "ARN of this environment's EKS cluster"
PROFILE = "production, staging or dev"
NAME = "name of the repository"


def missing(answers: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """What is wanted and absent from complete answers, with the question; an environment's override counts as given."""
    if "name" not in answers:
        yield ("name",), NAME
    no_region = _at(answers, ("aws", "region")) is None
    environments = answers.get("environments")
    environments = environments if isinstance(environments, Mapping) else {}
    for fact in WANTED:
        shaped = len(fact.path) == 1 or isinstance(_at(answers, fact.path[:1]), Mapping)
        if shaped and fact.needed(answers) and _at(answers, fact.path) is None and not (fact.derived and no_region):
            overridden = [
                _at(environment, ("overrides", *fact.path)) is not None for environment in environments.values()
            ]
            if not overridden or not all(overridden):
                yield fact.path, fact.question
    for name, environment in environments.items():
        if not isinstance(environment, Mapping):
            continue
        if environment.get("profile") is None:
            yield ("environments", name, "profile"), PROFILE
        if answers.get("engine") == "flux" or not isinstance(environment.get("cluster"), Mapping):
            continue
        if environment["cluster"].get("server") is None:
            what = _ARN if answers.get("flavour") == "eks-capability" else _ADDRESS
            yield ("environments", name, "cluster", "server"), what


def question(path: Path) -> str:
    """What belongs at a path of the answers; empty for a path of none of the facts."""
    if path[:1] == ("environments",):
        if path[2:] == ("cluster", "server"):
            return CLUSTER
        path = path[3:] if path[2:3] == ("overrides",) else path
    return next((fact.question for fact in WANTED if fact.path == path), "")


def open_up(answers: dict[str, Any]) -> None:
    """Put `TODO` where a fact is missing; a profile stays missing, it decides how the environment is judged."""
    for path, _ in list(missing(answers)):
        if path[-1] in ("profile", "name"):
            continue
        target = answers
        for key in path[:-1]:
            target = target.setdefault(str(key), {})
            if not isinstance(target, dict):
                break
        else:
            target[str(path[-1])] = TODO


def _at(data: object, path: tuple[str, ...]) -> object:
    for key in path:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data

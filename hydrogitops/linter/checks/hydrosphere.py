"""Checks on what Hydrosphere wants of the services around it: registry and databases, and facts that are still open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hydrogitops.charts import aws
from hydrogitops.charts.contract import Contract, matches
from hydrogitops.charts.provenance import LayerValues, ReleaseValues
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import (
    Answer,
    DocumentView,
    EnvironmentView,
    Parameters,
    ValuesView,
    WorkloadView,
    dotted,
    nodes,
)
from hydrogitops.model import Container, Fault, Field, Place, Related, Replacement, Route, Suggestion

CHART = "serving"
OPEN = re.compile(r"TODO\b.*|\S*(?<![A-Za-z0-9_])TODO(?![A-Za-z0-9_])\S*")
"""A value that nobody knows yet: `TODO`, words after it, or an address with `TODO` as a part."""

_REGISTRY: Route = ("global", "registry", "url")
_INSECURE: Route = ("global", "registry", "insecure")
_MONGODB: Route = ("global", "mongodb", "url")
_POSTGRESQL: Route = ("global", "postgresql", "url")
_DATABASES = (("postgresql", _POSTGRESQL, "PostgreSQL"), ("mongodb", _MONGODB, "MongoDB"))
_IMAGES = {"postgresql": "PostgreSQL", "postgres": "PostgreSQL", "mongodb": "MongoDB", "mongo": "MongoDB"}
_OLDEST = {"PostgreSQL": (10,), "MongoDB": (4,)}
_RETRYABLE_WRITES = (8, 0, 2)


def serving(view: EnvironmentView) -> Iterator[tuple[ReleaseValues, Contract]]:
    """The releases of Hydrosphere's chart in an environment, with what is known of it."""
    yield from ((values, known) for values, known in view.contracts() if known.chart == CHART)


def open_answer(view: DocumentView, parameters: Parameters) -> Iterator[Fault]:
    """`TODO` in place of a value, in values, in the configuration with its answers, in what an engine itself reads."""
    if view.role in ("values", "configuration", "generator", "engine"):
        own = view.file.path, view.document.number
        found = ((path, value, Place(*own, path)) for path, value in nodes(view.document.data))
    else:
        found = ((path, value, layer.place(path)) for layer in _inline(view) for path, value in nodes(layer.data))
    told: set[Place] = set()
    for path, value, place in found:
        if place in told or not isinstance(value, str) or "\n" in value or not OPEN.fullmatch(value.strip()):
            continue
        told.add(place)
        yield Fault(
            rule="",
            message=f"{dotted(path)} is still open: TODO",
            at=place,
            label="nobody has answered this yet",
            fix=Suggestion("write the answer"),
        )


def ecr_create_on_push(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A registry of ECR, which makes no repository on push unless a template of the registry says so."""
    for values, url in _ecr(view):
        declared = view.answer("registry", "create_on_push_template")
        if declared is not None and declared.value is True:
            continue
        absent = declared is not None and declared.value is False
        said = "is declared absent" if absent else "is not declared"
        yield Fault(
            rule="",
            message=f"{dotted(_REGISTRY)} is ECR, and its repository creation template for create-on-push {said}:"
            " without one the push of a new model fails",
            at=url,
            mild=None if absent else "warning",
            label="ECR makes no repository on push by itself",
            related=_related(declared, "declared here"),
            fix=Suggestion(
                "create a template with CREATE_ON_PUSH and declare answers.registry.create_on_push_template: true,"
                " or take another registry"
            ),
            subjects=(subjects.value(values.release.name, _REGISTRY),),
        )


def ecr_static_password(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A sealed password for ECR, whose passwords are tokens of twelve hours."""
    known = {values.release.name: contract for values, contract in serving(view)}
    for values, url in _ecr(view):
        keys = frozenset(_password_keys(known[values.release.name], values.release.name))
        for secret in view.sealed:
            for key in secret.keys:
                if (secret.name, key) not in keys:
                    continue
                path: Route = ("spec", "encryptedData", key)
                yield Fault(
                    rule="",
                    message=f"{secret.name}: {key} seals a password for ECR, whose tokens last 12 hours",
                    at=Field(secret.object.ref, path, key=True),
                    label="expired half a day after it was sealed",
                    related=(Related(url, "the registry is ECR"),),
                    object=secret.object.ref,
                    path=path,
                    fix=Suggestion("let a job or External Secrets' ECR generator write this Secret every few hours"),
                )


def database_version(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """PostgreSQL below 10 or MongoDB below 4: outside as declared, in the cluster by the image's tag."""
    for values, _ in serving(view):
        for section, url, name in _DATABASES:
            declared = view.answer(section, "version")
            if not values.value(url) or declared is None or not _older(str(declared.value), _OLDEST[name]):
                continue
            yield Fault(
                rule="",
                message=f"{name} {declared.value} is declared, Hydrosphere needs {_OLDEST[name][0]} or newer",
                at=declared.place,
                label=f"{name} {_OLDEST[name][0]} or newer",
                fix=Suggestion(f"upgrade {name}, then declare its version"),
            )
        for workload in view.workloads:
            if workload.object.release == values.release.name:
                for container in workload.containers:
                    yield from _old_image(WorkloadView(workload, view), values, container)


def documentdb_writes(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """DocumentDB below engine 8.0.2, which knows no retryable writes."""
    kind = view.answer("mongodb", "kind")
    for values, _ in serving(view):
        host = values.value(_MONGODB)
        if not isinstance(host, str) or not host or OPEN.fullmatch(host):
            continue
        if not aws.is_documentdb(host) and (kind is None or kind.value != "documentdb"):
            continue
        declared = view.answer("mongodb", "engine_version")
        version = "" if declared is None or declared.value == "TODO" else str(declared.value)
        if version and not _older(version, _RETRYABLE_WRITES):
            continue
        said = f"whose engine {version} has" if version else "which before engine 8.0.2, and none is declared, has"
        yield Fault(
            rule="",
            message=f"{dotted(_MONGODB)} is DocumentDB, {said} no retryable writes, and the services' drivers use them",
            at=view.place_of(values, _MONGODB),
            mild=None if version else "warning",
            label=f"engine {version}" if version else "engine version not declared",
            related=_related(declared, "its version is declared here"),
            fix=Suggestion("upgrade to engine 8.0.2 and declare answers.mongodb.engine_version, or use MongoDB"),
            subjects=(subjects.value(values.release.name, _MONGODB),),
        )


def aws_credential_secret(view: ValuesView, parameters: Parameters) -> Iterator[Fault]:
    """`sonar.awsCredentialSecret`, which makes the chart render keys that are public."""
    known = view.values.contract
    if known is None:
        return
    patterns = [one for one in known.forbidden if one.rule == "hydrosphere/aws-credential-secret"]
    for path, value in view.leaves():
        for forbidden in patterns:
            if value and matches(forbidden.value, path):
                yield Fault(
                    rule="",
                    message=f"{dotted(path)}: {forbidden.message}",
                    at=view.place(path),
                    label="renders keys that anybody can read in the chart",
                    fix=Suggestion("drop it: sonar reads its keys from the SealedSecret of the release"),
                    subjects=(subjects.value(view.values.release.name, path),),
                )


def registry_insecure(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A registry outside, spoken to without checking who it is."""
    for values, _ in serving(view):
        if not values.value(_REGISTRY) or not values.value(_INSECURE):
            continue
        winner = values.winner(_INSECURE)
        written = winner is not None and winner.layer is not None
        place = view.place_of(values, _INSECURE)
        default = "" if written else " by default"
        yield Fault(
            rule="",
            message=f"{dotted(_INSECURE)} is on{default}: images go to a registry outside and come from it unverified",
            at=place,
            label="on" if written else "insecure: false is missing here",
            related=(Related(view.place_of(values, _REGISTRY), "the registry is outside"),),
            fix=Suggestion(f"set {dotted(_INSECURE)}: false", (Replacement(place, "false"),) if written else ()),
            subjects=(subjects.value(values.release.name, _INSECURE),),
        )


def _inline(view: DocumentView) -> Iterator[LayerValues]:
    """The values that are written inside a kustomization or an Application."""
    for environment in view.repository.environments if view.repository is not None else ():
        for values in environment.releases.values():
            for layer in values.layers:
                at = layer.layer
                if at.inline and (at.file, at.document) == (view.file.path, view.document.number):
                    yield layer


def _ecr(view: EnvironmentView) -> Iterator[tuple[ReleaseValues, Place]]:
    """The releases whose registry is one of ECR, with the place of its url."""
    for values, _ in serving(view):
        url = values.value(_REGISTRY)
        if isinstance(url, str) and aws.is_ecr(url):
            yield values, view.place_of(values, _REGISTRY)


def _password_keys(known: Contract, release: str) -> Iterator[tuple[str, str]]:
    """Sealed keys that hold the registry's password: Secret and key."""
    for secret in known.secrets:
        name = secret.name.replace("{release}", release)
        yield from ((name, key.name) for key in secret.keys if key.composed == "dockerconfigjson")
    # The pair that the repository seals for manager, whose chart takes it in plain text only.
    yield f"{release}-registry-credentials", "password"


def _old_image(view: WorkloadView, values: ReleaseValues, container: Container) -> Iterator[Fault]:
    repository, _, tag = container.image.partition("@")[0].rpartition(":")
    name = _IMAGES.get(repository.rpartition("/")[2])
    version = re.match(r"[0-9]+(?:\.[0-9]+)*", tag)
    if name is None or version is None or not _older(version.group(), _OLDEST[name]):
        return
    field = view.field(container, "image")
    # An image is made of several values; the version stands in one of them.
    stated = values.winner((name.lower(), "image", "tag"))
    at = stated.place if stated is not None and str(stated.value) == tag else None
    told = Fault(
        rule="",
        message=f"the image runs {name} {version.group()}, Hydrosphere wants {_OLDEST[name][0]} or newer",
        # One tag makes the image of several containers, and is one fault.
        at=field if at is None else at,
        mild="info",
        label=f"{name} {version.group()}",
        fix=Suggestion(f"take an image of {name} {_OLDEST[name][0]} or newer"),
    )
    if at is not None:
        yield told
    else:
        yield told._replace(object=view.workload.ref, container=container.name, path=field.path)


def _older(version: str, than: tuple[int, ...]) -> bool:
    """Whether a version is known and below another one; missing parts count as zero."""
    found = re.match(r"v?([0-9]+(?:\.[0-9]+)*)", version.strip())
    if found is None:
        return False
    parts = tuple(int(part) for part in found.group(1).split("."))
    return parts + (0,) * (len(than) - len(parts)) < than


def _related(answer: Answer | None, message: str) -> tuple[Related, ...]:
    return () if answer is None else (Related(answer.place, message),)

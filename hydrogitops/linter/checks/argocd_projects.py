"""Checks on the project of an Application: whether it allows what is deployed, and whether it allows everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from hydrogitops.charts.lineage import CLUSTER_SCOPED
from hydrogitops.linter.argocd_projects import DEFAULT, Project, cluster, everything, is_open
from hydrogitops.linter.inputs import EnvironmentView, Parameters
from hydrogitops.model import (
    Application,
    AppliedObject,
    Fault,
    Field,
    ObjectRef,
    Place,
    Related,
    Replacement,
    Route,
    Suggestion,
)
from hydrogitops.source.shapes import node

_NEWER = frozenset(
    (
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "ServiceCIDR"),
        *("MutatingAdmissionPolicyBinding", "ClusterTrustBundle", "IPAddress", "DeviceClass", "VolumeAttributesClass"),
    )
)
"""Kinds outside namespaces that kustomize does not know as such."""


def project_forbids(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A source, a destination or a kind outside namespaces that the Application's project does not allow."""
    application = view.environment.application
    name = _project(application)
    if application is None or is_open(name):
        return
    projects = list(_declared(view, application, name))
    if not projects:
        if name != DEFAULT and not application.unread:
            yield _absent(application, name)
        return
    yield from _sources(view, application, projects)
    refused = list(_destination(view, application, projects))
    yield from refused
    if not refused:
        yield from _namespaces(view, application, projects)
    yield from _kinds(view, application, projects)


def project_open(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A project that allows everything: the one called default, or one with a star for sources or destinations."""
    application = view.environment.application
    name = _project(application)
    if application is None or is_open(name):
        return
    projects = list(_declared(view, application, name))
    if not projects and name == DEFAULT and not application.unread:
        yield Fault(
            rule="",
            message=f"{view.name} is in the project {DEFAULT}, which allows any source, destination and kind",
            at=application.place("project") if application.spec.get("project") else application.missing("project"),
            label="allows everything",
            fix=Suggestion("name a project that lists its sources and destinations"),
        )
    for project in projects:
        for place, entry, what in everything(project):
            yield Fault(
                rule="",
                message=f"the project {name} allows {what} ({entry})",
                at=place,
                label=what,
                fix=Suggestion("name those that are meant"),
            )


def _project(application: Application | None) -> str:
    stated = application.spec.get("project") if application is not None else None
    return str(stated or DEFAULT)


def _declared(view: EnvironmentView, application: Application, name: str) -> Iterator[Project]:
    """The AppProjects of that name; there may be one for each Argo CD, and then any of them will do."""
    for place in application.projects.get(name, ()):
        file = view.read(place.file)
        for document in file.documents if file is not None else ():
            spec = node(document.data, ("spec",))
            if document.number == place.document:
                yield Project(name, place, spec if isinstance(spec, Mapping) else {})


def _absent(application: Application, name: str) -> Fault:
    near = get_close_matches(name, sorted(application.projects), 1)
    at = application.place("project")
    return Fault(
        rule="",
        message=f"the project {name} is not in this repository" + (f"; did you mean {near[0]}?" if near else ""),
        at=at,
        mild="warning",
        label=f"did you mean {near[0]}?" if near else "no AppProject of this name",
        fix=Suggestion(
            f"write {near[0]}" if near else "declare it here, or see that it is declared where Argo CD runs",
            (Replacement(at, near[0]),) if near and at in application.given.values() else (),
        ),
    )


def _sources(view: EnvironmentView, application: Application, projects: Sequence[Project]) -> Iterator[Fault]:
    if is_open(*(entry for project in projects for entry in project.sources())):
        return
    listed = application.spec.get("sources")
    routes: list[Route] = [("sources", i) for i in range(len(listed))] if isinstance(listed, list) else [("source",)]
    for route in routes:
        address = node(application.spec, (*route, "repoURL"))
        if not isinstance(address, str) or not address or is_open(address):
            continue
        if not any(project.allows_source(address) for project in projects):
            yield _forbidden(
                projects[0],
                f"{view.name} may not deploy from {address}",
                application.place(*route, "repoURL"),
                ("sourceRepos",),
            )


def _destination(view: EnvironmentView, application: Application, projects: Sequence[Project]) -> Iterator[Fault]:
    texts = _goes_to(application)
    if texts is None or _any_open(projects):
        return
    server, name = cluster(texts["server"], texts["name"])
    if any(project.allows_destination(server, name, texts["namespace"]) is not False for project in projects):
        return
    # Where some namespace of that cluster is allowed it is the namespace that is wrong.
    elsewhere = any(
        project.allows_destination(server, name, str(item.get("namespace") or "")) is True
        for project in projects
        for item in project.destinations()
    )
    wrong = "namespace" if elsewhere else "server" if texts["server"] else "name"
    place = application.place if texts[wrong] else application.missing
    where = f"the namespace {texts['namespace'] or '(none)'} of {texts['server'] or texts['name']}"
    message = f"{view.name} may not deploy to {where}"
    yield _forbidden(projects[0], message, place("destination", wrong), ("destinations",))


def _goes_to(application: Application) -> dict[str, str] | None:
    """Server, name and namespace of the destination; None for one that is none, or that nobody has stated yet."""
    stated = application.spec.get("destination")
    if not isinstance(stated, Mapping):
        return None
    texts = {key: str(stated.get(key) or "") for key in ("server", "name", "namespace")}
    return None if bool(texts["server"]) == bool(texts["name"]) or is_open(*texts.values()) else texts


def _namespaces(view: EnvironmentView, application: Application, projects: Sequence[Project]) -> Iterator[Fault]:
    """Objects in another namespace than the Application's, which the project must allow as well."""
    texts = _goes_to(application)
    if texts is None or _any_open(projects):
        return
    server, name = cluster(texts["server"], texts["name"])
    outside = _outside_namespaces(view.objects)
    allowed: dict[str, bool] = {texts["namespace"]: True, "": True}
    for applied in view.objects:
        space = applied.ref.namespace
        if (applied.ref.kind, _group(applied.ref)) in outside or not applied.ref.name:
            continue
        if space not in allowed:
            allowed[space] = any(p.allows_destination(server, name, space) is not False for p in projects)
        if not allowed[space]:
            message = f"{applied.ref.kind} {applied.ref.name} goes to the namespace {space}, where {view.name} may not"
            at = Field(applied.ref, ("metadata", "namespace"))
            yield _forbidden(projects[0], message, at, ("destinations",), applied.ref)


def _kinds(view: EnvironmentView, application: Application, projects: Sequence[Project]) -> Iterator[Fault]:
    outside = _outside_namespaces(view.objects)
    for applied in view.objects:
        kind, group = applied.ref.kind, _group(applied.ref)
        if (kind, group) not in outside:
            continue
        if not any(project.allows_kind(group, kind, applied.ref.name) for project in projects):
            at = application.place("project")
            message = f"{view.name} may not apply {kind} {applied.ref.name}, which is in no namespace"
            found = _forbidden(projects[0], message, at, ("clusterResourceWhitelist",), applied.ref)
            yield Fault(
                rule="",
                message=found.message,
                at=found.at,
                label=found.label,
                related=(Related(Field(applied.ref, ("kind",)), "what is not allowed"), *found.related),
                object=applied.ref,
                fix=Suggestion(f"allow {kind} in the project, or deploy it by another Application"),
            )


def _forbidden(
    project: Project, message: str, at: Place | Field, route: Route, reference: ObjectRef | None = None
) -> Fault:
    where = Place(project.place.file, project.place.document, ("spec", *route))
    part = where if route[0] in project.spec else Place(where.file, where.document, ("spec",), "insert")
    return Fault(
        rule="",
        message=f"{message}: the project {project.name} does not allow it",
        at=at,
        label=f"not allowed by {project.name}",
        related=(Related(part, "what the project allows"),),
        object=reference,
        fix=Suggestion("allow it in the project, or correct it here"),
    )


def _any_open(projects: Iterable[Project]) -> bool:
    return any(
        is_open(*(value for value in item.values() if isinstance(value, str)))
        for project in projects
        for item in project.destinations()
    )


def _outside_namespaces(objects: Iterable[AppliedObject]) -> set[tuple[str, str]]:
    """Kind and group of what is in no namespace: Kubernetes' own kinds, and those that are defined here."""
    found: set[tuple[str, str]] = set()
    for applied in objects:
        group = _group(applied.ref)
        if applied.ref.kind in CLUSTER_SCOPED | _NEWER and ("." not in group or group.endswith(".k8s.io")):
            found.add((applied.ref.kind, group))
        if applied.ref.kind == "CustomResourceDefinition" and node(applied.data, ("spec", "scope")) == "Cluster":
            kind, own = (node(applied.data, ("spec", *route)) for route in (("names", "kind"), ("group",)))
            found.add((str(kind), str(own)))
    return found


def _group(reference: ObjectRef) -> str:
    return reference.api_version.rpartition("/")[0]

"""Checks on what is applied: credentials of a chart that show in it, the public ones that it comes with among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hydrogitops.charts.contract import Credential, named
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.linter import subjects
from hydrogitops.linter.inputs import EnvironmentView, Leak, Parameters, dotted, text_of
from hydrogitops.model import At, Fault, Field, ObjectRef, Related, Suggestion
from hydrogitops.source.shapes import node


class _Shown(NamedTuple):
    """All that shows of one credential; `leaks` begins with what speaks for it, outside a Secret if there is such."""

    values: ReleaseValues
    credential: Credential
    leaks: tuple[Leak, ...]


def plaintext_rendered(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A credential's value that gets into what is applied, or a Secret that the chart makes from plain values."""
    for shown in _shown(view, view.leaks or ()):
        values, credential, (first, *_) = shown
        winner = values.winner(credential.value)
        written = winner is not None and winner.place is not None
        at: At = view.place_of(values, credential.value) if written else Field(first.object, first.path, missing=True)
        yield _fault(view, shown, f"what stands in {dotted(credential.value)} shows", at, "ends up in plain text")
    told = {leak.object for leak in view.leaks or ()}
    for applied in view.objects:
        values_of_release = view.releases.get(applied.release)
        if (
            applied.ref.kind == "Secret"
            and applied.ref not in told
            and values_of_release is not None
            and values_of_release.contract is not None
            and any(applied.data.get(key) for key in ("data", "stringData"))
        ):
            yield Fault(
                rule="",
                message=f"the chart makes {text_of(applied.ref)} from plain values, which the repository shows",
                at=Field(applied.ref, (), missing=True),
                label="no patch deletes it",
                object=applied.ref,
                fix=Suggestion(f"delete it by a patch, and seal a Secret {applied.ref.name} in its place"),
            )


def default_credential(view: EnvironmentView, parameters: Parameters) -> Iterator[Fault]:
    """A credential that the chart publishes with its values, and that nothing has replaced."""
    for shown in _shown(view, tuple(leak for leak in view.leaks or () if leak.public)):
        at = view.place_of(shown.values, shown.credential.value)
        what = f"the public default of {dotted(shown.credential.value)} is left"
        yield _fault(view, shown, what, at, "everybody knows what stands here")


def _shown(view: EnvironmentView, leaks: tuple[Leak, ...]) -> Iterator[_Shown]:
    found: dict[tuple[str, Credential], list[Leak]] = {}
    for leak in leaks:
        found.setdefault((leak.release, leak.credential), []).append(leak)
    for (release, credential), own in found.items():
        own.sort(key=lambda leak: leak.object.kind == "Secret")
        yield _Shown(view.releases[release], credential, tuple(own))


def _fault(view: EnvironmentView, shown: _Shown, what: str, at: At, label: str) -> Fault:
    values, credential, (first, *others) = shown
    further = {leak.object: leak for leak in others if leak.object != first.object}
    more = f", and in {len(further)} more" if further else ""
    how = "" if first.how == "plain" else f" ({first.how})"
    return Fault(
        rule="",
        message=f"{what} in {_place(view, first)}{how}{more}",
        at=at,
        label=label,
        related=tuple(Related(Field(ref, leak.path), f"also in {_place(view, leak)}") for ref, leak in further.items()),
        object=first.object,
        container=_container(_data(view, first.object), first),
        path=first.path,
        fix=Suggestion(_way_out(view, shown)),
        subjects=(subjects.value(values.release.name, credential.value),),
    )


def _place(view: EnvironmentView, leak: Leak) -> str:
    """Object and field in words: `Deployment/hydro-manager, variable DB_PASS of manager`."""
    data, path = _data(view, leak.object), leak.path
    name = text_of(leak.object)
    container = _container(data, leak)
    for depth in range(len(path) - 1, 0, -1):
        if container and path[depth - 1] == "env":
            return f"{name}, variable {node(data, (*path[: depth + 1], 'name')) or path[depth]} of {container}"
        if container and path[depth - 1] in ("args", "command"):
            return f"{name}, {path[depth - 1]} of {container}"
    if len(path) == 2 and path[0] in ("data", "stringData", "binaryData"):
        return f"{name}, {path[1]}"
    return f"{name}, {dotted(path)}"


def _container(data: object, leak: Leak) -> str:
    for depth, key in enumerate(leak.path[1:], 1):
        if isinstance(key, int) and leak.path[depth - 1] in ("containers", "initContainers"):
            return str(node(data, (*leak.path[: depth + 1], "name")) or "")
    return ""


def _data(view: EnvironmentView, ref: ObjectRef) -> Mapping[str, object]:
    return next((applied.data for applied in view.objects if applied.ref == ref), {})


def _way_out(view: EnvironmentView, shown: _Shown) -> str:
    values, _, (first, *_) = shown
    name, key = _home(view, shown)
    sealed = f"{key} of {name.replace('{release}', values.release.name)}"
    if first.object.kind == "Secret":
        return f"delete {text_of(first.object)} by a patch, and seal {sealed}"
    return f"let a patch read it from a Secret there, and seal {sealed}"


def _home(view: EnvironmentView, shown: _Shown) -> tuple[str, str]:
    """Secret and key in which the credential belongs: what the variable is known to read, else the contract's."""
    values, credential, (first, *_) = shown
    data = _data(view, first.object)
    container, variable = _container(data, first), node(data, (*first.path[:-1], "name"))
    for secret in values.contract.secrets if values.contract is not None else ():
        for key in secret.keys:
            if not all(one.holds(values.merged) for one in (*secret.needed, *secret.rendered, *key.when)):
                continue
            for reader in key.readers:
                if (
                    reader.how == "env"
                    and (reader.kind, reader.container, reader.variable) == (first.object.kind, container, variable)
                    and named(reader.name, first.object.name, values.release.name)
                ):
                    return secret.name, key.name
    return credential.secret, credential.key

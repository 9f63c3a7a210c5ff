"""What an environment applies, as text: every object that the engine would send to the cluster, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydrogitops.model import AppliedObject, UserError
from hydrogitops.repo.environments import discover
from hydrogitops.source import emitting

from .options import open_sources
from .run import read_configuration
from .views import see

NOT_SHOWN = "(not shown)"
SECRET_FIELDS = ("data", "stringData")


def applied(start: Path, environments: Sequence[str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name, text and remarks of each environment (all of them where none is named).

    Values of Secrets are not in the text. UserError for an unknown environment or one that cannot be rendered.
    """
    sources = open_sources([start])
    configuration = read_configuration(sources)
    found = list(discover(sources, configuration).environments)
    for name in environments:
        if name not in {environment.name for environment in found}:
            raise UserError(
                f"there is no environment {name}", f"there are: {', '.join(e.name for e in found) or 'none'}"
            )
    if not found:
        raise UserError("there is no environment here", "hydrogitops lint says what it finds")
    wanted = [environment for environment in found if not environments or environment.name in environments]
    seen = see(sources, wanted, configuration, render=True)
    for view in seen.views:
        if not view.built:
            reasons = [gap.reason for gap in seen.unseen if gap.environment == view.name]
            raise UserError(f"{view.name} cannot be rendered: {'; '.join(reasons)}")
        remarks = []
        if view.evidence == "stand-in":
            remarks.append(f"{view.name}: the chart is not in the repository; the stand-in chart takes its place")
        if any(one.ref.kind == "Secret" for one in view.objects):
            remarks.append(f"{view.name}: what its Secrets hold is not shown")
        yield view.name, text(view.objects), tuple(remarks)


def text(objects: Sequence[AppliedObject]) -> str:
    """Objects as a YAML stream, sorted by kind, namespace and name; keys as the engine has them."""
    ordered = sorted(objects, key=lambda one: (one.ref.kind, one.ref.namespace, one.ref.name, one.ref.api_version))
    return emitting.stream(map(_masked, ordered))


def _masked(one: AppliedObject) -> Mapping[str, Any]:
    if one.ref.kind != "Secret":
        return one.data
    return {
        key: dict.fromkeys(value, NOT_SHOWN) if key in SECRET_FIELDS and isinstance(value, Mapping) else value
        for key, value in one.data.items()
    }

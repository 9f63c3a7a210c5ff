"""What lies beside the environments that are judged: others in their clusters, and what others seal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from hydrogitops.charts.workloads import sealed_secrets
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import AppliedObject, Environment
from hydrogitops.repo.environments import PLAIN, Discovered
from hydrogitops.repo.sources import Sources

from .built import resources_of
from .clusters import same_cluster
from .inputs import EnvironmentView, SealedElsewhere
from .seals import seals


def with_neighbours(
    views: Sequence[EnvironmentView], sources: Sources, discovered: Discovered
) -> list[EnvironmentView]:
    """The views with what other environments apply in the same cluster, and what lies about."""
    seen = {view.name: view.objects for view in views}
    written: dict[str, tuple[AppliedObject, ...]] = {}

    def applied(environment: Environment) -> tuple[AppliedObject, ...]:
        if environment.name in seen:
            return seen[environment.name]
        if environment.name not in written:
            written[environment.name] = tuple(resources_of(sources, environment))
        return written[environment.name]

    result = []
    for view in views:
        others = [other for other in discovered.environments if other.name != view.name]
        # Manifests that nothing refers to may be for any of the clusters.
        plain = view.environment.engine == PLAIN
        near = [other for other in others if plain or same_cluster(view.environment, other)]
        beside = [one for other in near for one in applied(other)]
        loose = [one for other in others if other.engine == PLAIN for one in applied(other)]
        result.append(view._replace(beside=tuple(beside), loose=tuple(loose)) if beside or loose else view)
    return result


def sealed_elsewhere(
    sources: Sources, discovered: Discovered, configuration: Configuration, judged: Collection[str]
) -> Iterator[SealedElsewhere]:
    """What the environments seal that are not judged: a value may have been copied from one of them."""
    for environment in discovered.environments:
        if environment.name not in judged:
            sealed = tuple(sealed_secrets(resources_of(sources, environment)))
            if sealed:
                yield SealedElsewhere(environment, seals(sources, environment.name, configuration), sealed)

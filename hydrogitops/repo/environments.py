"""Which environments a repository has: what engines deploy, kustomizations that stand alone, plain manifests."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from hydrogitops.charts.kustomization import is_kustomization
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import (
    AppliedObject,
    Document,
    EmptyGenerator,
    Environment,
    HandedValues,
    Patch,
    Place,
    Revision,
    Span,
    Stage,
    Unseen,
    UserError,
)

from . import (
    applications,
    argocd,
    flux_revisions,
    flux_sources,
    git,
    rendered,
    revisions,
)
from .dangling import Dangling, merged
from .dangling import near as near
from .gathering import Gathered, is_object, with_flat
from .kustomizations import Flat, flatten, kustomization_file
from .sources import CONFIGURATION, ENDINGS, Sources

if TYPE_CHECKING:
    from .flux_resolving import Resolved

NEWEST_KUBERNETES = "1.37"
PLAIN = "plain"
_DEPLOYING = ("argocd", "flux")


class Discovered(NamedTuple):
    environments: tuple[Environment, ...]
    dangling: tuple[Dangling, ...]
    unseen: tuple[Unseen, ...]
    remarks: tuple[str, ...]
    values_files: frozenset[str]
    referenced: frozenset[str]
    """Files that something refers to."""
    contents: frozenset[str] = frozenset()
    """Those of them that are only put into ConfigMaps or Secrets, as they are."""
    empty_generators: tuple[EmptyGenerator, ...] = ()
    revisions: tuple[Revision, ...] = ()


def discover(sources: Sources, configuration: Configuration) -> Discovered:
    """The environments of a repository. UserError where the configuration names one that isn't there."""
    gathered = Gathered(sources)
    _links(gathered)
    stated = configuration.answers.get("repository")
    known = (stated,) if isinstance(stated, str) else ()
    applications.environments(gathered, known, lambda: git.remotes(sources.root))
    if next(flux_sources.kustomizations(sources), None) is not None:
        # What a repository has nothing of is not loaded.
        from . import flux

        flux.environments(gathered)
    changed: Mapping[tuple[str, int], Patch] = {}
    flats = _kustomizations(gathered)
    if gathered.applications or gathered.empty_generators:
        from . import argocd_patched

        changed = argocd_patched.patched(sources, flats)
        gathered.unseen += argocd_patched.unseen(sources, changed)
    # What is kept of an environment is a copy, and none of its own where nothing applies it.
    gathered.referenced |= rendered.kept(sources)
    _plain(gathered)
    environments = _unique(gathered.environments)
    _rename(gathered, environments)
    _check_names(gathered, configuration, environments)
    order = list(configuration.environments)
    environments = sorted(
        (_configured(environment, configuration) for environment in environments),
        key=lambda one: order.index(one.name) if one.name in order else len(order),
    )
    assumed = [e.name for e in environments if e.name not in configuration.environments]
    if assumed:
        gathered.remarks.append(
            f"{', '.join(assumed)}: no entry in {CONFIGURATION}, so profile staging,"
            f" Kubernetes {NEWEST_KUBERNETES} and no node pools are assumed"
        )
    return Discovered(
        environments=tuple(environments),
        dangling=tuple(merged(one for one in gathered.dangling if _document(one.place) not in changed)),
        unseen=tuple(gathered.unseen),
        remarks=tuple(gathered.remarks),
        values_files=frozenset(
            layer.file for e in environments for r in e.releases for layer in r.layers if not layer.inline
        ),
        referenced=frozenset(gathered.referenced),
        contents=frozenset(gathered.contents - gathered.parsed),
        empty_generators=tuple(one for one in gathered.empty_generators if _document(one.place) not in changed),
        revisions=tuple(one for one in _revisions(gathered, environments) if _document(one.place) not in changed),
    )


def _document(place: Place) -> tuple[str, int]:
    return place.file, place.document


def _revisions(gathered: Gathered, environments: Sequence[Environment]) -> Iterator[Revision]:
    """What the repository asks for from outside, and by which revisions."""
    if gathered.home is not None:
        yield from revisions.of_applications(gathered.applications, gathered.home, environments)
        yield from revisions.of_generators(gathered.sources, gathered.home, environments)
        yield from revisions.of_kustomizations(gathered.sources, gathered.home, environments)
        yield from flux_revisions.of_flux(gathered.sources, gathered.home, environments)


def further_stages(
    sources: Sources, environment: Environment, stages: Sequence[Stage], objects: Sequence[AppliedObject]
) -> Sequence[Stage]:
    """Stages that objects give which were built, and that are not among `stages`, or otherwise than they were."""
    from . import flux

    return flux.further_stages(sources, environment, stages, objects)


def resolved(sources: Sources, environment: Environment, objects: Sequence[AppliedObject]) -> Resolved:
    """An environment with releases and patches as they are once its stages are built, which gave `objects`."""
    from . import flux_resolving

    return flux_resolving.resolved(sources, environment, objects)


def handed(sources: Sources) -> Iterator[HandedValues]:
    """The values that engines' own objects hand to charts, to those that lie elsewhere too."""
    # Asked for once the engines work.
    from . import argocd_values, flux_handed

    yield from argocd_values.handed(sources)
    yield from flux_handed.handed(sources)


def is_engines_own(document: Document) -> bool:
    """Whether an engine itself reads a document, which deploys nothing but what it names."""
    return argocd.is_own(document) or flux_sources.is_own(document)


def _links(gathered: Gathered) -> None:
    """Files that are links out of the repository: never opened, and said."""
    sources = gathered.sources
    for name in sources.listed:
        if name.endswith(ENDINGS) and not sources.is_file(name) and sources.leads_out(name):
            gathered.unseen.append(Unseen(name, "it is a link that leads out of the repository", name))


def _kustomizations(gathered: Gathered) -> list[Flat]:
    """Kustomizations that nothing includes and no engine points to are environments named after their folder.

    Gives all that there are, laid flat.
    """
    sources = gathered.sources
    folders = {posixpath.dirname(name): name for name in sources.names if is_kustomization(name)}
    laid_flat = {folder: flatten(sources, folder) for folder in folders}
    includes = {folder: flat.includes for folder, flat in laid_flat.items()}
    for flat in laid_flat.values():
        targets = [reference.target for _, reference in flat.references if reference.kind in ("resource", "component")]
        gathered.closed |= {one for one in targets if _is_closed(sources, one)}
    gathered.closed |= {folder for folder in folders if _is_closed(sources, folder)}
    gathered.closed |= {one.target for one in gathered.dangling if sources.is_folder(one.target)}
    for folder, below in includes.items():
        # What includes each other in a circle stands alone: nothing else builds it, and it must not go unsaid.
        gathered.included |= {one for one in below if folder not in includes.get(one, set())}
    for folder, name in sorted(folders.items()):
        document = sources.document(name)
        component = isinstance(document and document.data, Mapping) and document.data.get("kind") == "Component"  # type: ignore[union-attr]
        if folder in gathered.included or gathered.in_closed(posixpath.dirname(folder) if folder else None):
            continue
        if component:
            # Nothing applies it, so what it lists is applied by nobody either, and no manifest that stands alone.
            gathered.flat(folder, "")
            continue
        title = posixpath.basename(folder) or sources.root.name
        flat = gathered.flat(folder, title)
        if flat.resources and not flat.releases and gathered.only_own(flat.resources):
            continue
        gathered.environments.append(with_flat(Environment(title, "kustomize", folder, Place(name, 0)), flat))
    return list(laid_flat.values())


def _is_closed(sources: Sources, folder: str) -> bool:
    """Whether a folder is there whose kustomization says nothing of what belongs to it: broken, empty or gone."""
    if not sources.is_folder(folder):
        return False
    name = kustomization_file(sources, folder)
    document = sources.document(name) if name is not None else None
    return document is None or not isinstance(document.data, Mapping)


def _plain(gathered: Gathered) -> None:
    """Manifests that nothing refers to."""
    resources = [
        (document.file, document.number)
        for document in gathered.sources.documents()
        if document.file not in gathered.referenced
        and not gathered.in_closed(posixpath.dirname(document.file))
        and document.file != CONFIGURATION
        and not is_kustomization(document.file)
        and is_object(document)
        and not is_engines_own(document)
    ]
    if resources:
        files = frozenset(name for name, _ in resources)
        gathered.environments.append(Environment(PLAIN, PLAIN, None, None, resources=tuple(resources), files=files))


def _unique(environments: list[Environment]) -> list[Environment]:
    """Every name once: where several have one, each has as many of its parent folders before it as tell them apart.

    What stands alone takes no name away from what an engine deploys: it may have lost what names it, by a slip.
    """
    deployed = Counter(environment.name for environment in environments if environment.engine in _DEPLOYING)
    named = []
    for environment in environments:
        alone = environment.engine in _DEPLOYING and deployed[environment.name] == 1
        named.append((environment.name, "" if alone else _named_by(environment)))
    names = _told_apart(named)
    # One folder may be deployed by several, each written in a folder of its own.
    files = [one.declared.file if one.declared is not None else "" for one in environments]
    names = _told_apart(list(zip(names, files, strict=True)))
    return [one._replace(name=name) for one, name in zip(environments, _numbered(names), strict=True)]


def _rename(gathered: Gathered, named: Sequence[Environment]) -> None:
    """What was noted of environments, under the names that these have by now."""
    before = [environment.name for environment in gathered.environments]
    if before == [environment.name for environment in named]:
        return

    def names(old: str, file: str) -> tuple[str, ...]:
        known = zip(before, named, strict=True)
        return tuple(one.name for name, one in known if name == old and file in one.files) or (old,)

    gathered.dangling[:] = [
        one._replace(environments=tuple(name for old in one.environments for name in names(old, one.place.file)))
        for one in gathered.dangling
    ]
    gathered.unseen[:] = [
        replace(one, environment=names(one.environment, one.at.file if one.at is not None else one.file)[0])
        for one in gathered.unseen
    ]


def _named_by(environment: Environment) -> str:
    """The path whose parents tell an environment from others of its name."""
    if environment.engine != "flux" or environment.declared is None:
        return environment.folder or ""
    # Its folder is that of one of its releases; what begins it lies where the cluster has its files.
    file = environment.declared.file
    steps = posixpath.dirname(file).split("/")
    return "/".join(steps[: steps.index(environment.name) + 1]) if environment.name in steps else file


def _told_apart(named: Sequence[tuple[str, str]]) -> list[str]:
    """Names, those that are there more than once with parents of their paths before them, as few as will do.

    Names that no parents tell apart stay as they are.
    """
    names = [name for name, _ in named]
    for depth in count(1):
        several = Counter(names)
        longer = [
            _with_parents(name, path, depth) if several[known] > 1 else known
            for known, (name, path) in zip(names, named, strict=True)
        ]
        if longer == names:
            break
        names = longer
    return [name if several[known] > 1 else known for known, (name, _) in zip(names, named, strict=True)]


def _with_parents(name: str, path: str, depth: int) -> str:
    parents = [part for part in posixpath.dirname(path).split("/") if part]
    return "/".join((*parents[-depth:], name))


def _numbered(names: Sequence[str]) -> Iterator[str]:
    """What nothing tells apart has a number: two Applications of one name in one folder."""
    taken = set(names)
    given: set[str] = set()
    for name in names:
        if name in given:
            name = next(more for number in count(2) if (more := f"{name}-{number}") not in taken | given)
        given.add(name)
        yield name


def _check_names(gathered: Gathered, configuration: Configuration, environments: list[Environment]) -> None:
    sources, empty = gathered.sources, next(iter(gathered.empty_generators), None)
    nameless = next((one for one in environments if one.declared is not None and "{{" in one.name), None)
    names = [environment.name for environment in environments if "{{" not in environment.name]
    for name in configuration.environments:
        if name not in names:
            if nameless is not None and nameless.declared is not None:
                raise UserError(
                    f"{nameless.declared.file} does not give what `{nameless.name}` asks for,"
                    f" so there is no environment {name}, which {CONFIGURATION} configures",
                    f"write name: {name} there if it is the one that is meant",
                    sources.span(nameless.declared),
                )
            if empty is not None:
                raise UserError(
                    f"{CONFIGURATION} configures the environment {name}, which this repository does not have:"
                    f" a generator in {empty.place.file} finds nothing, it looks for {empty.what}",
                    f"write {empty.mend[1]}" if empty.mend is not None else "correct what it looks for",
                    sources.span(empty.mend[0] if empty.mend is not None else empty.place),
                )
            near = get_close_matches(name, names, 1)
            span: Span = sources.span(Place(CONFIGURATION, 0, ("environments", name), "key"))
            raise UserError(
                f"{CONFIGURATION} configures the environment {name}, which this repository does not have",
                f"did you mean {near[0]}?" if near else f"it has: {', '.join(names) or 'none'}",
                span,
            )


def _configured(environment: Environment, configuration: Configuration) -> Environment:
    stated = configuration.environments.get(environment.name)
    if stated is None:
        return environment._replace(kubernetes=NEWEST_KUBERNETES)
    return environment._replace(
        profile=stated.profile,
        kubernetes=stated.kubernetes or NEWEST_KUBERNETES,
        helm=stated.helm,
        pools=stated.pools,
    )

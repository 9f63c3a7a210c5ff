"""The SealedSecrets of environments as they were applied at the revision that a run compares with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from hydrogitops.charts.kustomization import is_kustomization
from hydrogitops.charts.workloads import objects, ref, sealed_secrets
from hydrogitops.config.configuration import Configuration
from hydrogitops.model import Environment, Patch, SealedSecret, SourceFile, Unseen, UserError
from hydrogitops.repo import git, stored
from hydrogitops.repo.environments import Discovered, discover
from hydrogitops.repo.sources import CONFIGURATION, ENDINGS, Sources
from hydrogitops.repo.stored import TreeError
from hydrogitops.source import reading
from hydrogitops.source.shapes import node
from hydrogitops.source.temporary import temporary_folder

from .inputs import EnvironmentView
from .labels import namespace_of, written
from .look import needs_engine, see
from .options import Options

CHECKS = frozenset(("secrets_history.label_drift", "secrets_history.immutable_change"))
"""What asks for it."""
KIND = "SealedSecret"
HARMLESS = frozenset(
    (
        *("apiVersion", "kind", "buildMetadata", "commonLabels", "configMapGenerator", "crds", "generatorOptions"),
        *("helmCharts", "helmGlobals", "images", "labels", "replicas", "secretGenerator", "sortOptions"),
    )
)
"""Keys of a kustomization that touch neither name, namespace nor annotations of what it has not made itself."""


def with_base(
    views: Sequence[EnvironmentView],
    sources: Sources,
    discovered: Discovered,
    options: Options,
    changed: Sequence[str],
    configured: Callable[[Sources], Configuration],
) -> tuple[list[EnvironmentView], list[Unseen]]:
    """The views with what their environments applied at the base revision, and what of it could not be seen.

    Built again by the engines only where the change may have moved a label or a sealed value; read from git where
    nothing has to be built; else it is as it is now. `configured` reads the configuration of a tree.
    """
    stage = sources.stage if options.since is None else None
    commit: str | None = None
    if options.since is not None:
        commit = git.fork(sources.root, options.since)
    elif stage is not None:
        commit = stage.head
    if commit is None:
        return list(views), []
    read = frozenset(name for name in changed if name.endswith(ENDINGS))
    try:
        if stage is None:
            then = stored.contents(sources.root, commit, read)
        else:
            then = stored.of_entries(sources.root, (one for one in stage.before if one.name in read))
    except TreeError as error:
        return list(views), [
            _gap(view.name, commit, f"what {view.name} was then cannot be read: {error}") for view in views
        ]
    built = {view.name for view in views if view.built and needs_engine(sources, view.environment)}
    again = {view.name for view in views if view.name in built and moved(view, changed, sources, then)}
    # Where all of it goes may have changed, an Application say.
    again |= {view.name for view in views if not view.environment.declaring.isdisjoint(changed)}
    rebuilt, unseen = _rebuilt(sources, again, commit, configured) if again else ({}, [])
    result = []
    for view in views:
        base: Sequence[SealedSecret] | None
        if view.name in again:
            base = rebuilt.get(view.name)
        elif view.name in built:
            base = _with_values_of(view, then)
        else:
            base = _as_written(view, discovered, changed, then)
        result.append(view._replace(base=None if base is None else tuple(base)))
    return result, unseen


def moved(view: EnvironmentView, changed: Iterable[str], sources: Sources, then: Mapping[str, bytes]) -> bool:
    """Whether a change may have moved a label of an environment that an engine builds.

    `then`: what stood in those of the changed files that there were. That sealed values are others moves none.
    """
    environment = view.environment
    charted = any(secret.object.source is None for secret in view.sealed)
    layers = {layer.file for release in environment.releases for layer in release.layers if not layer.inline}
    charts = tuple(f"{release.folder}/" for release in environment.releases if release.folder)
    for name in changed:
        if name in layers or name.startswith(charts) or name == CONFIGURATION:
            if charted:
                return True
        elif name in environment.files and not _beside_the_point(environment, name, sources, then.get(name, b"")):
            return True
    return False


def _beside_the_point(environment: Environment, name: str, sources: Sources, then: bytes) -> bool:
    """Whether a change of a file can move no label: it is, and was, of other kinds, or only has other values."""
    if any(stage.declared.file == name or stage.variables is not None for stage in environment.stages):
        # What an engine adds to a build, or fills into what comes of it, may be a part of any label.
        return False
    if not name.endswith(ENDINGS) and not is_kustomization(name) and not _is_manifest(environment, name):
        # Something for a generator.
        return True
    now, before = sources.get(name), reading.read_bytes(name, then)
    if now is None or now.broken or before.broken:
        return False
    if is_kustomization(name):
        return _rest(now) == _rest(before)
    if any(name == file for file, _ in environment.resources):
        if KIND not in now.text and KIND.encode() not in then:
            return True
        # A patch may take one thing of an object from another.
        return _labels(now) == _labels(before) and all(map(_of_other_kinds, environment.patches))
    patches = [patch for patch in environment.patches if patch.file == name and patch.inline is None]
    # What is for other kinds now may have been for this one.
    return bool(patches) and all(map(_of_other_kinds, patches)) and KIND.encode() not in then


def _is_manifest(environment: Environment, name: str) -> bool:
    return any(name == file for file, _ in environment.resources) or any(p.file == name for p in environment.patches)


def _of_other_kinds(patch: Patch) -> bool:
    kind = patch.target.get("kind", "")
    return kind.isalpha() and kind != KIND


def _rest(file: SourceFile) -> object:
    """What of a kustomization may make a label: all but what is known to be for other kinds or other fields."""
    data = file.documents[0].data if file.documents else None
    if not isinstance(data, Mapping):
        return data
    return {key: _patches(value) if key == "patches" else value for key, value in data.items() if key not in HARMLESS}


def _patches(listed: object) -> object:
    def harmless(item: object) -> bool:
        kind = node(item, ("target", "kind"))
        return isinstance(kind, str) and kind.isalpha() and kind != KIND

    return [item for item in listed if not harmless(item)] if isinstance(listed, list) else listed


def _labels(file: SourceFile) -> list[tuple[str, str, str]]:
    return sorted((one.name, one.namespace, one.scope) for one in sealed_secrets(objects(file, written=True)))


def _with_values_of(view: EnvironmentView, then: Mapping[str, bytes]) -> list[SealedSecret]:
    """The objects of a build, with the values that their documents had where these have changed."""
    before = {
        (name, one.object.ref): one
        for name in {s.object.source.file for s in view.sealed if s.object.source is not None} & then.keys()
        for one in sealed_secrets(objects(reading.read_bytes(name, then[name]), written=True))
    }
    found = []
    for secret in view.sealed:
        source = secret.object.source
        own = ref(written(view, secret.object))
        old = before.get((source.file, own)) if source is not None and own is not None else None
        placed = _placed(secret, view.environment)
        found.append(placed if old is None else placed._replace(keys=old.keys, template=old.template))
    return found


def _as_written(
    view: EnvironmentView, discovered: Discovered, changed: Sequence[str], then: Mapping[str, bytes]
) -> list[SealedSecret]:
    """What stood in the files themselves: those that have not changed, and the others as git has them."""
    names = {name for name in changed if _own(view.environment, name, discovered)}
    same = [s for s in view.sealed if s.object.source is None or s.object.source.file not in names]
    found = [_placed(secret, view.environment) for secret in same]
    for name in sorted(names & then.keys()):
        file = reading.read_bytes(name, then[name])
        found += [_placed(one, view.environment) for one in sealed_secrets(objects(file, written=True))]
    return found


def _own(environment: Environment, name: str, discovered: Discovered) -> bool:
    """Whether a changed file is, or was, of the environment; what no other one reads was plain manifests."""
    if name in environment.files:
        return True
    if environment.engine == "plain":
        return not any(name in other.files for other in discovered.environments)
    return bool(environment.folder) and name.startswith(f"{environment.folder}/")


def _rebuilt(
    sources: Sources, names: set[str], commit: str, configured: Callable[[Sources], Configuration]
) -> tuple[dict[str, list[SealedSecret]], list[Unseen]]:
    """By name of the environment what the engines make of the tree of a commit, in a folder that is gone afterwards."""
    found: dict[str, list[SealedSecret]] = {}
    unseen: list[Unseen] = []

    with temporary_folder("hydrogitops-base-") as folder:
        # A kustomization at the root is an environment by the folder's name.
        root = Path(folder, sources.root.name or "base")
        root.mkdir(mode=0o700)
        try:
            then = Sources(root, stored.export(sources.root, commit, root))
            configuration = configured(then)
            environments = [e for e in discover(then, configuration).environments if e.name in names]
        except (TreeError, UserError) as error:
            return {}, [_gap(name, commit, f"it could not be built as it was then: {error}") for name in sorted(names)]
        seen = see(then, environments, configuration, render=True)
        # One that was not there applied nothing.
        found = {name: [] for name in names - {e.name for e in environments}}
        for view in seen.views:
            if view.built:
                found[view.name] = [_placed(secret, view.environment) for secret in view.sealed]
            else:
                reasons = [one.reason for one in seen.unseen if one.environment == view.name]
                why = "; ".join(reasons).replace(f"{folder}/", "")
                unseen.append(_gap(view.name, commit, f"it could not be built as it was then: {why}"))
    return found, unseen


def _placed(secret: SealedSecret, environment: Environment) -> SealedSecret:
    """With the namespace that it is in, whether or not the object states it."""
    return secret._replace(namespace=namespace_of(secret.namespace, environment))


def _gap(name: str, commit: str, reason: str) -> Unseen:
    return Unseen(
        f"whether labels of sealed values in {name} have changed since {commit[:12]}", reason, environment=name
    )

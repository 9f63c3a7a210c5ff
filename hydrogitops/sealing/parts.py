"""What each key is made of: equal parts are asked for once, whatever number of keys they end up in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hydrogitops.charts.contract import ChartSecret, SecretKey
from hydrogitops.charts.provenance import ReleaseValues
from hydrogitops.config.defaults import TODO
from hydrogitops.linter.inputs import EnvironmentView

from . import composing
from .targets import Known, Target

Identity = tuple[str, ...]
DOCKER_CONFIG = "kubernetes.io/dockerconfigjson"
_BUCKET = "hydrosphere-model-registry"
"""The chart's default (helm/serving/values.yaml at 3.0.3)."""
_MAIL_PORT = 587


@dataclass(frozen=True, slots=True)
class Part:
    """Something to be asked for. Parts of one `identity` have one value. `open`: no secret, shown while it is typed."""

    identity: Identity
    question: str
    open: bool = False
    default: str = ""
    known: SecretKey | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a key's value comes from its parts. `lacking`: why it cannot be composed here; empty where it can."""

    target: Target
    parts: tuple[Part, ...]
    make: Callable[[Sequence[bytes]], bytes]
    lacking: str = ""
    composed: bool = True
    """False: the value is its one part as it stands."""


def recipes(view: EnvironmentView, targets: Iterable[Target]) -> dict[str, Recipe]:
    """The recipe of each target, by `key_of`."""
    return {key_of(target): _recipe(view, target) for target in targets}


def key_of(target: Target) -> str:
    """What tells the targets of one environment apart."""
    return f"{target.secret.namespace}/{target.secret.name}/{target.key}"


def _recipe(view: EnvironmentView, target: Target) -> Recipe:
    known = target.known
    composed = known.key.composed if known is not None else ""
    if known is not None and composed == "dockerconfigjson":
        return _login(view, target, known)
    if known is not None and composed == "registry-storage-init":
        return _storage(target, known)
    if known is not None and composed == "alertmanager":
        return _mail(view, target)
    if target.key == ".dockerconfigjson" and target.secret.template.get("type") == DOCKER_CONFIG:
        return _any_login(target)
    part = _key_part(known, target)
    return Recipe(target, (part,), lambda given: given[0], composed=False)


def _key_part(known: Known | None, target: Target) -> Part:
    if known is None:
        return Part((key_of(target),), f"{target.title}")
    root = root_of(known)
    return Part(_identity(known.values, *root), target.title, known=_secret_key(known, *root) or known.key)


def root_of(known: Known) -> tuple[str, str]:
    """The (Secret, key) of the contract whose plaintext a key repeats; its own where it repeats none."""
    return known.key.same_as or (known.secret.name, known.key.name)


def _identity(values: ReleaseValues, secret: str, key: str) -> Identity:
    return (values.release.namespace, values.release.name, secret, key)


def _secret_key(known: Known, secret: str, key: str) -> SecretKey | None:
    assert known.values.contract is not None
    secrets: tuple[ChartSecret, ...] = known.values.contract.secrets
    return next((one for each in secrets if each.name == secret for one in each.keys if one.name == key), None)


def _part(known: Known, secret: str, key: str, question: str, *, default: str = "", open: bool = False) -> Part:  # noqa: A002
    found = _secret_key(known, secret, key)
    return Part(_identity(known.values, secret, key), question, open=open, default=default, known=found)


def _login(view: EnvironmentView, target: Target, known: Known) -> Recipe:
    """The login that manager pushes with, or that images of the platform are pulled with."""
    values = known.values

    def value(*path: str) -> str:
        return _stated(values, path)

    if known.secret.optional:
        host = value("registry", "host")
        parts: tuple[Part, ...] = (
            Part((*_identity(values, known.secret.name, ""), "username"), f"User name at {host}", open=True,
                 default=value("registry", "username")),
            Part((*_identity(values, known.secret.name, ""), "password"), f"Password or token for {host}"),
        )  # fmt: skip
        return _docker(target, parts, [host], "registry.host")
    url = value("global", "registry", "url")
    ingress = values.value(("global", "registry", "ingress"))
    ingress = ingress if isinstance(ingress, Mapping) else {}
    hosts = [url]
    if ingress.get("enabled"):
        hosts = [f"{ingress.get('host') or ''}{ingress.get('path') or ''}"]
    elif not url:
        service = f"{values.release.name}-docker-registry.{values.release.namespace}.svc.cluster.local"
        hosts = [f"{service}:5000", "localhost:5000"]
    username = _written(values, ("global", "registry", "username")) or _answer(view, "registry", "username")
    username = "" if TODO in username else username or value("global", "registry", "username")
    if url:
        secret = "{release}-registry-credentials"  # noqa: S105 - the name of one
        parts = (
            _part(known, secret, "username", f"User name at {url}", default=username, open=True),
            _part(known, secret, "password", f"Password or token for {url}"),
        )
        return _docker(target, parts, hosts, "global.registry.url")
    password = _part(known, "{release}-docker-registry-secret", "password", "Password of the registry in the cluster")
    lacking = "" if username else "global.registry.username is not set, or still open"
    login = username.encode("utf-8", "surrogateescape")
    return Recipe(target, (password,), lambda given: composing.docker_config(hosts, login, given[0]), lacking)


def _docker(target: Target, parts: tuple[Part, ...], hosts: Sequence[str], value: str) -> Recipe:
    lacking = "" if all(hosts) else f"{value} is not set"
    lacking = lacking if not any(TODO in host for host in hosts) else f"{value} is still {TODO}"
    return Recipe(target, parts, lambda given: composing.docker_config(hosts, given[0], given[1]), lacking)


def _any_login(target: Target) -> Recipe:
    """A login that no contract speaks of: the registry is asked for too."""
    here = key_of(target)
    parts = (
        Part((here, "host"), f"{target.title}: registry", open=True),
        Part((here, "username"), f"{target.title}: user name", open=True),
        Part((here, "password"), f"{target.title}: password or token"),
    )
    return Recipe(
        target, parts, lambda given: composing.docker_config([given[0].decode("utf-8", "replace")], given[1], given[2])
    )


def _storage(target: Target, known: Known) -> Recipe:
    values = known.values
    secret = "{release}-aws-secret"  # noqa: S105 - the name of one
    parts = (
        _part(known, secret, "awsAccessKeyID", "Access key id of the object store"),
        _part(known, secret, "awsSecretAccessKey", "Secret access key of the object store"),
    )
    address = _stated(values, ("global", "persistence", "url")) or f"http://{values.release.name}-minio:9000"
    region = _stated(values, ("global", "registry", "persistence", "region"))
    region = region or _stated(values, ("global", "persistence", "region"))
    bucket = _stated(values, ("global", "registry", "persistence", "bucket")) or _BUCKET
    still = [name for name, text in (("url", address), ("region", region), ("bucket", bucket)) if TODO in text]
    lacking = f"the {still[0]} of the object store is still {TODO}" if still else ""
    lacking = lacking or ("" if region else "global.persistence.region is not set")
    return Recipe(
        target,
        parts,
        lambda given: composing.storage_init(address, given[0], given[1], region=region, bucket=bucket),
        lacking,
    )


def _mail(view: EnvironmentView, target: Target) -> Recipe:
    here = key_of(target)
    host = _answer(view, "smtp", "host")
    relay = host if not host or ":" in host else f"{host}:{_MAIL_PORT}"
    parts = (
        Part((here, "relay"), "Mail relay, host:port", open=True, default=relay),
        Part((here, "sender"), "Sender of alerts", open=True, default=_answer(view, "smtp", "from")),
        Part((here, "receivers"), "Receivers of alerts, with commas between", open=True),
        Part((here, "username"), "User name at the mail relay", open=True, default=_answer(view, "smtp", "username")),
        Part((here, "password"), "Password for the mail relay"),
    )

    def make(given: Sequence[bytes]) -> bytes:
        relay, sender, receivers = (one.decode("utf-8", "replace").strip() for one in given[:3])
        addresses = [one.strip() for one in receivers.split(",") if one.strip()]
        return composing.alertmanager(
            relay=relay, sender=sender, username=given[3], password=given[4], receivers=addresses
        )

    return Recipe(target, parts, make)


def _stated(values: ReleaseValues, path: tuple[str, ...]) -> str:
    found: Any = values.value(path)
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _written(values: ReleaseValues, path: tuple[str, ...]) -> str:
    """As `_stated`, without the chart's own default, which is an example."""
    winner = values.winner(path)
    return _stated(values, path) if winner is not None and winner.layer is not None else ""


def _answer(view: EnvironmentView, *route: str) -> str:
    """What `new` was told, where that is more than that nobody knows yet."""
    found = view.answer(*route)
    text = found.value if found is not None else ""
    return text if isinstance(text, str) and TODO not in text else ""


@dataclass(slots=True)
class Answers:
    """Values of parts that have been given, by identity."""

    given: dict[Identity, bytes] = field(default_factory=dict, repr=False)

    def complete(self, recipe: Recipe) -> bool:
        return not recipe.lacking and all(part.identity in self.given for part in recipe.parts)

    def uses(self, recipe: Recipe) -> bool:
        return any(part.identity in self.given for part in recipe.parts)

    def make(self, recipe: Recipe) -> bytes:
        return recipe.make([self.given[part.identity] for part in recipe.parts])

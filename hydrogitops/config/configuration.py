"""`.hydrogitops.yaml` as plain data: environments, rules and images. What people write is checked by pydantic once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hydrogitops import __version__
from hydrogitops.data import cache_folder
from hydrogitops.model import EMPTY_MAP, Pool, Profile, Route, Span, UserError

FILE = ".hydrogitops.yaml"


class RuleSetting(NamedTuple):
    """What the configuration says of a rule; `severity` is empty where it says nothing, maybe "off"."""

    severity: str = ""
    parameters: Mapping[str, Any] = EMPTY_MAP


class EnvironmentSetting(NamedTuple):
    profile: Profile = "staging"
    kubernetes: str = ""
    helm: Literal[3, 4] = 4
    pools: tuple[Pool, ...] | None = None
    certificate: str = ""
    certificate_sha256: str = ""
    rules: Mapping[str, RuleSetting] = EMPTY_MAP


class ImageSetting(NamedTuple):
    """A JVM image that the user declares. `match` is a glob on the whole image."""

    match: str
    jdk: int
    sees_limits: bool
    variables: tuple[str, ...] | None
    """Those that its start script passes to java; None: nobody said which."""


class Configuration(NamedTuple):
    """A repository's configuration; without a file all of it is empty. `answers`: what `new` was told, as written."""

    environments: Mapping[str, EnvironmentSetting] = EMPTY_MAP
    rules: Mapping[str, RuleSetting] = EMPTY_MAP
    images: tuple[ImageSetting, ...] = ()
    answers: Mapping[str, Any] = EMPTY_MAP

    def certificate_file(self, environment: str) -> str:
        """Where the certificate of an environment has to lie, relative to the repository."""
        stated = self.environments.get(environment)
        return stated.certificate if stated and stated.certificate else f"environments/{environment}/sealing.pem"


DEFAULT = Configuration()


def parse(text: str, data: object, span: Callable[[Route], Span]) -> Configuration:
    """The configuration in `data`, read from `text`. UserError lists everything that is wrong, at the first place.

    A text that was found right before is not checked again: what checks it costs more than all the rest of a hook.
    """
    marker = _marker(text)
    if not marker.is_file():
        from .configuration_models import problems

        found = problems(data)
        if found:
            lines = "\n".join(f"  {path}: {message}" for _, path, message in found)
            raise UserError(
                f"{FILE} is not right:\n{lines}", "hydrogitops schema config says what it may hold", span(found[0][0])
            )
        _remember(marker)
    return _converted(data if isinstance(data, Mapping) else {})


def _converted(data: Mapping[str, Any]) -> Configuration:
    """Data that is known to be right, as records."""
    return Configuration(
        environments={str(name): _environment(one or {}) for name, one in (data.get("environments") or {}).items()},
        rules=_rules(data.get("rules")),
        images=tuple(
            ImageSetting(
                one["match"],
                one["jdk"],
                # JDK 8 as Hydrosphere's images have it reads cgroup v1 only.
                one.get("sees_limits", one["jdk"] != 8),
                tuple(one["variables"]) if one.get("variables") is not None else None,
            )
            for one in data.get("images") or ()
        ),
        answers=data.get("answers") or {},
    )


def _environment(data: Mapping[str, Any]) -> EnvironmentSetting:
    pools = data.get("pools")
    return EnvironmentSetting(
        profile=data.get("profile", "staging"),
        kubernetes=str(data.get("kubernetes", "")),
        helm=data.get("helm", 4),
        pools=None if pools is None else tuple(_pool(one) for one in pools),
        certificate=data.get("certificate", ""),
        certificate_sha256=data.get("certificate_sha256", ""),
        rules=_rules(data.get("rules")),
    )


def _pool(data: Mapping[str, Any]) -> Pool:
    return Pool(
        name=data["name"],
        labels={str(k): str(v) for k, v in (data.get("labels") or {}).items()},
        taints=tuple({str(k): str(v) for k, v in one.items()} for one in data.get("taints") or ()),
        instance_types=tuple(data.get("instance_types") or ()),
        allocatable={str(k): str(v) for k, v in (data.get("allocatable") or {}).items()},
    )


def _rules(data: object) -> dict[str, RuleSetting]:
    if not isinstance(data, Mapping):
        return {}
    return {
        str(name): RuleSetting(
            # An unquoted `off` is read as false.
            severity="off" if one.get("severity") is False else one.get("severity", ""),
            parameters=one.get("parameters") or {},
        )
        for name, one in data.items()
    }


def _marker(text: str) -> Path:
    digest = hashlib.sha256(f"{__version__}\0{text}".encode()).hexdigest()
    return cache_folder() / "configurations" / digest


def _remember(marker: Path) -> None:
    """Best effort: where nothing can be kept, the next run checks again."""
    with suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        marker.touch()

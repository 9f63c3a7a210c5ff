"""Chart contracts as files: each is read once, as plain data; their shape is held by a test, not at run time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from hydrogitops.model import Route

from . import contract as model
from .known_charts import CONTRACTS


@cache
def contract(file: Path) -> model.Contract:
    """The contract in a file, which scripts/make_contracts.py has written."""
    return read(json.loads(file.read_text(encoding="utf-8")))


def contracts() -> Iterator[model.Contract]:
    """All contracts, by name of their file."""
    return (contract(file) for file in sorted(CONTRACTS.glob("*.json")))


def read(data: Mapping[str, Any]) -> model.Contract:
    """A contract from the data of its file. Values paths are written with dots, paths in objects with slashes."""
    return model.Contract(
        chart=data["chart"],
        version=data["version"],
        fields=tuple(source for item in data["fields"] for source in _fields(item)),
        dead=tuple(dead for item in data["dead"] for dead in _dead(item)),
        shapes=tuple(
            model.Shape(
                value=route(item["value"]),
                form=item["form"],
                message=item["message"],
                choices=tuple(item.get("choices", ())),
                pair=route(item.get("pair", "")),
                breaks=item.get("breaks", False),
                needed=_conditions(item.get("needed", ())),
                wanting=item.get("wanting", ""),
                service=item.get("service", ""),
            )
            for item in data["shapes"]
        ),
        forbidden=tuple(
            model.Forbidden(route(item["value"]), item["rule"], item["message"], item.get("breaks", False))
            for item in data["forbidden"]
        ),
        credentials=tuple(
            model.Credential(
                value=route(item["value"]),
                secret=item["secret"],
                key=item["key"],
                default=item.get("default", ""),
                stand_in=item.get("stand_in", False),
            )
            for item in data["credentials"]
        ),
        secrets=tuple(_secret(item) for item in data["secrets"]),
        images=tuple(_image(item) for item in data["images"]),
        without_jvm=tuple(data["without_jvm"]),
        moved=tuple(model.MovedImage(item["match"], item["successor"], item["message"]) for item in data["moved"]),
        fixed_images=tuple(
            model.FixedImage(item["image"], target) for item in data["fixed_images"] for target in _targets(item["at"])
        ),
        switches=tuple(
            model.Switch(
                component=item["component"],
                off=route(item.get("switch", "")),
                outside=_conditions(item.get("outside", ())),
                leaves=tuple((kind, name) for kind, name in (text.split("/") for text in item.get("leaves", ()))),
            )
            for item in data["switches"]
        ),
        beyond=tuple(route(value) for value in data["beyond"]),
        keys=data["keys"],
    )


def route(dotted: str) -> Route:
    """A values path as it is written in contracts and messages; empty for an empty text."""
    return tuple(dotted.split(".")) if dotted else ()


def _fields(item: Mapping[str, Any]) -> Iterator[model.FieldSource]:
    for target in _targets(item["at"]):
        for path in _several(item["path"]):
            yield model.FieldSource(
                value=route(item["value"]),
                kind=target.kind,
                name=target.name,
                container=target.container,
                path=tuple(path.split("/")),
                whole=item.get("whole", True),
                also=tuple(route(text) for text in item.get("also", ())),
            )


def _dead(item: Mapping[str, Any]) -> Iterator[model.DeadKey]:
    for value in _several(item["value"]):
        yield model.DeadKey(
            value=route(value),
            rule=item["rule"],
            meant=item.get("meant", ""),
            message=item["message"],
            objects=_targets(item.get("at", ())),
        )


def _secret(item: Mapping[str, Any]) -> model.ChartSecret:
    return model.ChartSecret(
        name=item["name"],
        type=item["type"],
        keys=tuple(_secret_key(name, key or {}) for name, key in item["keys"].items()),
        needed=_conditions(item.get("needed", ())),
        rendered=_conditions(item.get("rendered", ())),
        kept_out=route(item.get("kept_out", "")),
        optional=item.get("optional", False),
        dead=item.get("dead", False),
        by_patch=item.get("by_patch", False),
    )


def _secret_key(name: str, item: Mapping[str, Any]) -> model.SecretKey:
    same = item.get("same_as")
    return model.SecretKey(
        name=name,
        readers=tuple(reader for text in item.get("readers", ()) for reader in _reader(text)),
        alphabet=item.get("alphabet", ""),
        length=item.get("length", 0),
        minimum=item.get("minimum", 0),
        maximum=item.get("maximum", 0),
        composed=item.get("composed", ""),
        same_as=(same[0], same[1]) if same else None,
        when=_conditions(item.get("when", ())),
    )


def _reader(text: str) -> Iterator[model.Reader]:
    """`Deployment/{release}-sonar/sonar env DB_PASS`, `… volume`, `Deployment/{release}-ui imagePullSecrets`."""
    at, how, *variable = text.split(" ")
    for target in _targets(at):
        yield model.Reader(
            target.kind, target.name, target.container, cast("Any", how), variable[0] if variable else ""
        )


def _image(item: Mapping[str, Any]) -> model.ChartImage:
    return model.ChartImage(
        match=item["match"],
        jdk=item.get("jdk"),
        update=item.get("update"),
        sees_limits=item["sees_limits"],
        variables=tuple(item["variables"]),
        script=tuple(model.ScriptCase(case.get("variable", ""), case["options"]) for case in item["script"]),
        defaults=item.get("defaults", {}),
    )


def _conditions(items: Sequence[str]) -> tuple[model.Condition, ...]:
    """Each is `VALUE TEST` or `VALUE TEST TEXT`: `global.registry.url unset`, `global.persistence.mode is s3`."""
    parts = (item.split(" ", 2) for item in items)
    return tuple(model.Condition(route(part[0]), cast("Any", part[1]), "".join(part[2:])) for part in parts)


def _targets(items: str | Sequence[str]) -> tuple[model.Target, ...]:
    """Each is `KIND/NAME` or `KIND/NAME/CONTAINER`."""
    return tuple(model.Target(*item.split("/")) for item in _several(items))


def _several(items: str | Sequence[str]) -> Sequence[str]:
    return (items,) if isinstance(items, str) else items

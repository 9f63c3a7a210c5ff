"""What pydantic found, in words a person can act on: a path, a message, did-you-mean; never the value itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from hydrogitops.secrets.plaintext import is_secret_key

from .suspicion import REFUSED

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

Path = tuple[str | int, ...]

_TYPES: Mapping[str, str] = {
    "string_type": "a text is wanted here; put it in quotes",
    "bool_type": "true or false is wanted here",
    "int_type": "a whole number is wanted here",
    "dict_type": "a map is wanted here",
    "model_type": "a map is wanted here",
    "model_attributes_type": "a map is wanted here",
    "list_type": "a list is wanted here",
    "missing": "missing",
    "too_short": "at least one is wanted",
}


def shown(path: Path) -> str:
    """A path as people write it: `environments.prod.pools[0].name`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "the document"


def explain(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Path, str]]:
    """Each thing pydantic found, as path and message."""
    for item in error.errors(include_url=False, include_input=False):
        # A key of a map that is wrong by itself comes as (…, key, "[key]").
        path = tuple(step for step in item["loc"] if step != "[key]")
        kind = item["type"]
        if kind == "extra_forbidden":
            yield path, unknown(str(path[-1]), _keys_at(model, path[:-1]))
        elif kind == "value_error":
            yield path, str(item["ctx"]["error"])
        elif kind in ("literal_error", "enum"):
            yield path, f"one of {item['ctx']['expected'].replace(chr(39), '')} is wanted here"
        else:
            yield path, _TYPES.get(kind, item["msg"][:1].lower() + item["msg"][1:])


def unknown(key: str, known: Sequence[str]) -> str:
    """What to say of a key that nobody reads."""
    if is_secret_key(key):
        return REFUSED
    close = get_close_matches(key, known, n=1, cutoff=0.6)
    return f"unknown key; did you mean {close[0]}?" if close else "unknown key"


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """Keys that the model at a path has."""
    current: Any = model
    for step in path:
        current = _model(current)
        if current is None:
            return []
        if isinstance(current, _Items):
            current = current.item
            continue
        current = next((f.annotation for name, f in current.model_fields.items() if step in (name, f.alias)), None)
    current = _model(current)
    return (
        []
        if current is None or isinstance(current, _Items)
        else [f.alias or n for n, f in current.model_fields.items()]
    )


class _Items:
    """A list or map of things of one kind."""

    __slots__ = ("item",)

    def __init__(self, item: object) -> None:
        self.item = item


def _model(annotation: Any) -> Any:
    """The model in an annotation, what its list or map holds, or None."""
    if annotation is None:
        return None
    if hasattr(annotation, "model_fields"):
        return annotation
    arguments = get_args(annotation)
    origin = getattr(annotation, "__origin__", None)
    if origin in (list, tuple):
        return _Items(arguments[0])
    if origin is dict:
        return _Items(arguments[1])
    return next((found for found in map(_model, arguments) if found is not None), None)

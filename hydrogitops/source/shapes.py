"""Values where anything may be written: what stands at a route, and maps, lists, texts; whatever else is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydrogitops.model import Route


def as_map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_maps(value: object) -> list[Mapping[str, Any]]:
    """The items of a list, each as a map: what is none keeps its position."""
    return [as_map(item) for item in as_list(value)]


def maps_in(value: object) -> list[Mapping[str, Any]]:
    """The items of a list that are maps."""
    return [one for one in as_list(value) if isinstance(one, Mapping)]


def texts_in(value: object) -> dict[str, str]:
    """The entries of a map that are texts."""
    return {str(key): text for key, text in as_map(value).items() if isinstance(text, str)}


def node(data: object, route: Route) -> Any:
    """What stands at `route`; None where nothing does."""
    # Asked for all the time: what a document is made of are `dict` and `list`, which are told faster than a mapping.
    for key in route:
        if isinstance(data, dict):
            data = data.get(key)
        elif isinstance(data, list) and isinstance(key, int) and 0 <= key < len(data):
            data = data[key]
        else:
            return None
    return data

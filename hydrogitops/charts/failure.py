"""Why a chart or kustomization could not be rendered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

FailureKind = Literal["failed", "timeout", "memory", "output", "missing", "refused"]


class RenderFailure(Exception):  # noqa: N818 - not an error of the program
    """A chart or kustomization could not be rendered.

    `kind`: `failed` (the engine said no), `timeout`, `memory`, `output` (a bound was passed and the engine killed),
    `missing` (an engine or a chart is not at hand), `refused` (it would read outside the repository; nothing ran).
    `hint`: what to type or to change, empty where nobody can say. `charts`: by release what Helm had given by then.
    """

    def __init__(
        self, message: str, kind: FailureKind, hint: str = "", charts: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind: FailureKind = kind
        self.hint = hint
        self.charts = charts

"""What comes of a render that could not be done, in words for the person who reads the report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

FailureKind = Literal["failed", "timeout", "memory", "output", "missing", "refused"]

LONGEST = 800
"""Characters of a message. Engines print chains of causes; the first and the last link say what and why."""


class RenderFailure(Exception):  # noqa: N818 - not an error of the program
    """A chart or kustomization could not be rendered.

    `kind`: `failed` (the engine said no), `timeout`, `memory`, `output` (a bound was passed and the engine killed),
    `missing` (an engine or a chart is not at hand), `refused` (it would read outside the repository; nothing ran).
    `hint`: what to type or to change, empty where nobody can say.
    """

    def __init__(self, message: str, kind: FailureKind, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.kind: FailureKind = kind
        self.hint = hint


def clean(text: str, names: Mapping[str, str]) -> str:
    """What an engine printed, as a message: `names` maps folders of this run to what people call them, "" to drop them.

    Longer folders are replaced first, so a folder inside another keeps its own name.
    """
    for folder in sorted(names, key=len, reverse=True):
        name = names[folder]
        text = text.replace(folder + "/", name + "/" if name else "").replace(folder, name or ".")
    # kustomize puts merged values into a folder of its own, of another name each time.
    text = re.sub(r"kustomize-(helm-)?\d{4,}", "kustomize", text)
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    message = "\n".join(line for line in lines if line).removeprefix("Error: ").removeprefix("error: ")
    half = LONGEST // 2
    return message if len(message) <= LONGEST else f"{message[:half].rstrip()} … {message[-half:].lstrip()}"

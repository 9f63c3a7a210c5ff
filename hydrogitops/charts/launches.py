"""How containers start their JVM: by the images that are declared or known, else by what the container itself says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from hydrogitops.model import EnvVar, JvmLaunch, LaunchText, Piece, Route

from .contract import ChartImage, ScriptCase, images
from .workloads import Launcher

VM_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
"""Read by the VM or its launcher themselves, whatever the start script does."""
USUAL_VARIABLES = ("JAVA_OPTS", "JAVA_OPTIONS", "JVM_OPTS")
"""What start scripts of images that nobody declared usually pass on."""

_REFERENCE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class DeclaredImage:
    """An entry of `images:` in the configuration; `match` is a glob on the whole image."""

    match: str
    jdk: int | None
    sees_limits: bool
    variables: tuple[str, ...]


def launcher(declared: Sequence[DeclaredImage]) -> Launcher:
    """A launcher that looks at the declared images first, then at those that charts' contracts know."""

    def launch(
        image: str, env: tuple[EnvVar, ...], command: tuple[str, ...], args: tuple[str, ...], path: Route
    ) -> JvmLaunch | None:
        variables = {variable.name: variable for variable in env}
        texts = {
            name: LaunchText(variable.value, variable.pieces)
            for name in VM_VARIABLES
            if (variable := variables.get(name)) is not None and variable.value is not None
        }
        for own in declared:
            if fnmatchcase(image, own.match):
                options = _concatenate([variables[name] for name in own.variables if name in variables])
                line = _java_line(command, args, path)
                if line is not None:
                    options, words = line
                    return JvmLaunch(own.jdk, own.sees_limits, words, {**texts, "args": options}, own.variables, True)
                return JvmLaunch(
                    own.jdk, own.sees_limits, options.text, {**texts, "args": options}, own.variables, True
                )
        known = _known(image)
        if known is not None and not command:
            options = _scripted(known, variables)
            return JvmLaunch(
                known.jdk, known.sees_limits, options.text, {**texts, "args": options}, known.variables, True
            )
        line = _java_line(command, args, path)
        if line is not None:
            options, words = line
            return JvmLaunch(None, True, words, {**texts, "args": options}, (), False)
        usual = [variables[name] for name in USUAL_VARIABLES if name in variables]
        if not texts and not usual:
            return None
        options = _concatenate(usual)
        reads = tuple(variable.name for variable in usual) or tuple(texts)
        return JvmLaunch(None, True, options.text, {**texts, "args": options}, reads, False)

    return launch


@lru_cache(maxsize=256)
def _known(image: str) -> ChartImage | None:
    return next((known for known in images() if known.script and known.matches(image)), None)


def _scripted(image: ChartImage, variables: Mapping[str, EnvVar]) -> LaunchText:
    """What the image's start script makes of its variables."""

    def value(name: str) -> str:
        variable = variables.get(name)
        return variable.value if variable is not None and variable.value else image.defaults.get(name, "")

    case = next((case for case in image.script if not case.variable or value(case.variable)), ScriptCase("", ""))
    text: list[str] = []
    pieces: list[Piece] = []
    length = position = 0
    for found in _REFERENCE.finditer(case.options):
        literal = case.options[position : found.start()]
        text.append(literal)
        length += len(literal)
        position = found.end()
        variable, filled = variables.get(found.group(1)), value(found.group(1))
        if variable is not None and variable.value == filled:
            pieces += _shifted(variable, length)
        text.append(filled)
        length += len(filled)
    text.append(case.options[position:])
    return LaunchText("".join(text), tuple(pieces))


def _concatenate(variables: Sequence[EnvVar]) -> LaunchText:
    """Variables in the order in which a script passes them, a blank between them."""
    text = ""
    pieces: list[Piece] = []
    for variable in variables:
        if variable.value is None:
            continue
        text += " " if text else ""
        pieces += _shifted(variable, len(text))
        text += variable.value
    return LaunchText(text, tuple(pieces))


def _java_line(
    command: tuple[str, ...], args: tuple[str, ...], path: Route
) -> tuple[LaunchText, tuple[str, ...]] | None:
    """The options of a `java` that the container runs itself, up to its jar or class; None: it runs none."""
    words = [((*path, "command", i), word) for i, word in enumerate(command)]
    words += [((*path, "args", i), word) for i, word in enumerate(args)]
    if not words or not re.search(r"(^|/)java$", words[0][1]):
        return None
    options: list[str] = []
    pieces: list[Piece] = []
    length = 0
    takes_value = False
    for route, word in words[1:]:
        if word == "-jar" or word == "-m" or not (word.startswith("-") or takes_value):
            break
        takes_value = word in (
            "-cp",
            "-classpath",
            "--class-path",
            "-p",
            "--module-path",
            "--add-opens",
            "--add-exports",
        )
        pieces.append(Piece(length, length + len(word), route, 0))
        options.append(word)
        length += len(word) + 1
    return LaunchText(" ".join(options), tuple(pieces)), tuple(options)


def _shifted(variable: EnvVar, by: int) -> list[Piece]:
    return [Piece(piece.start + by, piece.end + by, piece.path, piece.offset) for piece in variable.pieces]

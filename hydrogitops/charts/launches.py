"""How containers start their JVM: by the images that are declared or known, and by what the container itself says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, NamedTuple

from hydrogitops.jvm import flags
from hydrogitops.jvm.words import Word, split_arguments, split_variable
from hydrogitops.model import EnvVar, JvmLaunch, LaunchText, Route

from .command_lines import SHELLS, TAKE_VALUE, Started, java_options, program_of, started
from .composed import EMPTY, joined, part, unknown, written
from .contract import ChartImage, ScriptCase
from .java_images import java_image
from .known_charts import images, runs_no_jvm
from .variables import Variables, expanded, of
from .workloads import Launcher

VM_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
"""Read by the VM or its launcher themselves, whatever the start script does."""
USUAL_VARIABLES = ("JAVA_OPTS", "JAVA_OPTIONS", "JVM_OPTS")
"""What start scripts that nobody declared usually pass on."""

_SCRIPT_VARIABLE = re.compile(r"\$\{(\w+)\}")
_FIELD = re.compile(r"[^ \t\n]+")
_OPTION = re.compile(r"-X(?:X:|m[xsn]|ss|log|int)|-javaagent:")
_MAX_HEAP = re.compile(r"-X?mx.|-XX:MaxHeapSize=.")
# Options whose text bears on no figure, as far as it stands before what is not known.
_HARMLESS = re.compile(r"-D|-javaagent:|-agent(?:lib|path):|-Xlog(?:gc)?:|-XX:(?:StartFlightRecording|FlightRecorder)")
_FLAG = re.compile(r"-XX:(\w+)=")
_ORDER = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "args", "_JAVA_OPTIONS")
"""What comes later wins."""
_FILES = ("JDK_JAVA_OPTIONS", "args")
"""Where a word may name a file with options."""


@dataclass(frozen=True, slots=True)
class DeclaredImage:
    """An entry of `images:` in the configuration; `match` is a glob on the whole image.

    `variables`: those that its start script passes to java; None: nobody said which.
    """

    match: str
    jdk: int | None
    sees_limits: bool
    variables: tuple[str, ...] | None


class _Image(NamedTuple):
    """What is known of an image."""

    known: bool
    jdk: int | None = None
    sees_limits: bool = True
    variables: tuple[str, ...] | None = None
    script: ChartImage | None = None


def launcher(declared: Sequence[DeclaredImage]) -> Launcher:
    """A launcher that looks at the declared images first, then at those that charts' contracts know."""

    def launch(
        name: str, variables: Variables, command: tuple[str, ...], args: tuple[str, ...], path: Route
    ) -> JvmLaunch | None:
        image = _image(name, declared)
        first = [expanded(written(word, (*path, "command", i)), variables.all) for i, word in enumerate(command)]
        rest = [expanded(written(word, (*path, "args", i)), variables.all) for i, word in enumerate(args)]
        run = _run(first, rest, variables.all)
        if run is None and not image.known and runs_no_jvm(name):
            return None
        if run is None:
            return _by_script(name, image, variables, rest)
        if run.kind == "java":
            return _finished(image, run.words, run.variables, variables.missing, closed=True)
        return None if run.kind == "other" else _by_script(name, image, variables, (), run.why)

    return launch


def _image(name: str, declared: Sequence[DeclaredImage]) -> _Image:
    for own in declared:
        if fnmatchcase(name, own.match):
            return _Image(True, own.jdk, own.sees_limits, own.variables)
    known = _charted(name)
    if known is not None:
        return _Image(True, known.jdk, known.sees_limits, known.variables, known)
    java = java_image(name)
    return _Image(False) if java is None else _Image(True, java.jdk, java.sees_limits)


@lru_cache(maxsize=256)
def _charted(image: str) -> ChartImage | None:
    return next((known for known in images() if known.script and known.matches(image)), None)


def _run(command: Sequence[LaunchText], args: Sequence[LaunchText], variables: Mapping[str, EnvVar]) -> Started | None:
    """What the container's own command line starts; None where the image's entry point does."""
    if command:
        return started([*command, *args], variables)
    if not args:
        return None
    # An entry point that gets a program runs it.
    run = started(args, variables)
    return run if run.kind == "java" or program_of(args[0]) in SHELLS else None


def _by_script(
    name: str, image: _Image, variables: Variables, args: Sequence[LaunchText], unclear: str = ""
) -> JvmLaunch | None:
    """By the start script of an image, or by a command that is not understood: `unclear` says why."""
    passed, why = image.variables, unclear
    usual = tuple(one for one in USUAL_VARIABLES if one in variables.all)
    own = _own_options(args) if image.script is None else ()
    if not image.known and not usual and not own and not any(one in variables.all for one in VM_VARIABLES):
        return None
    if passed is None and not why:
        why = f"images does not say which variables the start script of {name} passes to java"
    reads = usual if passed is None else passed
    if image.script is not None:
        # Its variables are no options by themselves: another program may make anything of them.
        options = EMPTY if unclear else _scripted(image.script, variables)
    else:
        options = joined([of(variables.all[one]) for one in reads if one in variables.all], " ")
    line = (*_fields(options), *own) if own else options
    return _finished(image, line, variables.all, why or variables.missing, closed=not why, reads=reads)


def _own_options(args: Sequence[LaunchText]) -> tuple[LaunchText, ...]:
    """Arguments of a container without a command that only java can be meant by."""
    options = java_options(args)
    meant = any(_OPTION.match(word.text) for word in options) or any(w.text == "-jar" for w in args[len(options) :][:1])
    return options if meant else ()


def _finished(
    image: _Image,
    line: LaunchText | Sequence[LaunchText],
    variables: Mapping[str, EnvVar],
    why: str,
    *,
    closed: bool,
    reads: tuple[str, ...] = (),
) -> JvmLaunch:
    """A launch of the command line: one text that a shell splits, or its words. `why`: there may be more options."""
    texts = {one: of(variables[one]) for one in VM_VARIABLES if one in variables}
    own = line if isinstance(line, LaunchText) else joined(line, " ")
    sources = {**texts, "args": own}
    words = {source: split_variable(text.text, source).words for source, text in texts.items()}
    words["args"] = split_arguments(own.text if isinstance(line, LaunchText) else [w.text for w in line]).words
    unseen: Literal["", "earlier", "later"] = "earlier" if why else ""
    for source in _ORDER:
        before = ""
        for word in words.get(source, ()) if (source, image.jdk) != ("JDK_JAVA_OPTIONS", 8) else ():
            text = part(sources[source], word.start, word.end)
            hidden = _hidden(text, before) or (_in_file(word.text) if source in _FILES and image.jdk != 8 else "")
            before = word.text
            if hidden:
                why, unseen = why if unseen == "later" else hidden, "later"
            elif unseen == "later" and _MAX_HEAP.match(word.text):
                unseen = "earlier"
    blank = {source: _masked(text, words[source]) for source, text in sources.items()}
    options: str | tuple[str, ...] = blank["args"].text
    if not isinstance(line, LaunchText):
        options = tuple([blank["args"].text[word.start : word.end] for word in words["args"]])
    return JvmLaunch(image.jdk, image.sees_limits, options, blank, reads, image.known, unseen, why, closed)


def _hidden(word: LaunchText, before: str) -> str:
    """Why a word may hold options that nobody sees, which comes after the word `before`; empty where it holds none."""
    first = next((piece for piece in word.pieces if piece.unknown), None)
    if first is None or before in TAKE_VALUE:
        return ""
    text = word.text[: first.start].lstrip("'\"")
    return "" if _HARMLESS.match(text) or _is_text(text) else first.unknown


def _in_file(word: str) -> str:
    """Why java reads more options than there are, if it does."""
    return f"java reads options from the file {word[1:]}" if re.match("@[^@]", word) else ""


def _is_text(option: str) -> bool:
    """Whether an option gives a flag a text, such as the path of a file."""
    found = _FLAG.match(option)
    known = [flags.find(found.group(1), jdk) for jdk in flags.JDKS] if found is not None else []
    return any(flag is not None and flag.kind in ("string", "strings") for flag in known)


def _masked(text: LaunchText, words: Sequence[Word]) -> LaunchText:
    """The text with a harmless option of the same length in the place of each word that is not known."""
    result = text.text
    for word in words:
        one = part(text, word.start, word.end)
        if unknown(one) and not one.text.startswith("-D"):
            result = result[: word.start] + "-D".ljust(word.end - word.start, "_") + result[word.end :]
    return LaunchText(result, text.pieces)


def _fields(text: LaunchText) -> Iterator[LaunchText]:
    """The words that a shell makes of an unquoted variable."""
    for found in _FIELD.finditer(text.text):
        yield part(text, found.start(), found.end())


def _scripted(image: ChartImage, variables: Variables) -> LaunchText:
    """What the image's start script makes of its variables."""

    def value(name: str) -> LaunchText:
        variable = variables.all.get(name)
        filled = of(variable) if variable is not None else EMPTY
        return filled if filled.text else LaunchText(image.defaults.get(name, ""), ())

    case = next((c for c in image.script if not c.variable or value(c.variable).text), ScriptCase("", ""))
    parts: list[LaunchText] = []
    position = 0
    for found in _SCRIPT_VARIABLE.finditer(case.options):
        parts += [LaunchText(case.options[position : found.start()], ()), value(found.group(1))]
        position = found.end()
    return joined([*parts, LaunchText(case.options[position:], ())])

"""What a command line starts, behind shells and wrappers: a JVM with its options, another program, or nobody knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from hydrogitops.model import EnvVar, LaunchText

from .composed import part, unknown
from .shell import UnclearError, commands

SHELLS = frozenset(("sh", "bash", "ash", "dash", "zsh", "ksh"))
_TAKE_VALUE = (
    "-cp -classpath --class-path -p --module-path --upgrade-module-path --add-modules --limit-modules --add-exports"
    " --add-opens --add-reads --patch-module"
)
TAKE_VALUE = frozenset(_TAKE_VALUE.split())
"""Options of java whose value is the next word."""

# The options of a wrapper whose value is the next word, and how many operands stand before the program.
_WRAPPERS: Mapping[str, tuple[str, int]] = {
    "tini": ("-p -e", 0),
    "tini-static": ("-p -e", 0),
    "docker-init": ("-p -e", 0),
    "dumb-init": ("-r --rewrite", 0),
    "catatonit": ("", 0),
    "nice": ("-n --adjustment", 0),
    "ionice": ("-c -n --class --classdata", 0),
    "nohup": ("", 0),
    "setsid": ("", 0),
    "stdbuf": ("-i -o -e --input --output --error", 0),
    "timeout": ("-k -s --kill-after --signal", 1),
    "gosu": ("", 1),
    "su-exec": ("", 1),
}
_BUILT_IN = ("exec", "command")
# Programs that are no JVM, whatever they are given; what a shell has of its own is among them.
_OTHERS = (
    ": [ awk aws basename cat cd chgrp chmod chown cp curl cut date df dig dirname du echo egrep false find getent git"
    " grep gunzip gzip head hostname id install jq kubectl ln ls mc mkdir mkfifo mktemp mongo mongodump mongorestore"
    " mongosh mv mysql nc nginx node nslookup openssl pg_dump pg_isready pg_restore ping postgres printenv printf ps"
    " psql pwd python python3 readlink redis-cli redis-server rm rsync sed seq set sleep sort ssh stat sync sysctl tail"
    " tar tee test touch trap tr true ulimit umask uname uniq unzip wait wc wget whoami"
)
_DEEPEST = 8
_MOST_SHOWN = 60
_UNKNOWN = "what its command starts is not known"
# What begins so names no class: an option went wrong there, or nobody knows what it is.
_NO_CLASS = re.compile("[-0-9=:'\"`$@{\u2010-\u2015\u2212]|$")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_FLOW = "if then elif else fi while until do done { } !"
_SEPARATORS = ";&|()`\n"
_PARTS = re.compile(r"[;&|()`\n]|[^\s;&|()`]+")
_REDIRECTION = re.compile(r"[0-9]*[<>]{1,2}&?[ \t]*[^\s;&|()`<>]+|&>[ \t]*[^\s;&|()`]+")
_CLUSTER = re.compile(r"[-+][A-Za-z]+")


class Started(NamedTuple):
    """What a command line starts. `words`: what java gets, up to its jar or class; `variables`: what it is given."""

    kind: Literal["java", "other", "unclear"]
    words: tuple[LaunchText, ...] = ()
    variables: Mapping[str, EnvVar] = {}
    why: str = ""
    """Where it is unclear: a clause that says why."""


_OTHER = Started("other")


def started(line: Sequence[LaunchText], variables: Mapping[str, EnvVar], depth: int = 0) -> Started:
    """What a command line starts; `variables` are those of the process."""
    words = tuple(line)
    while words and depth < _DEEPEST:
        depth += 1
        program = program_of(words[0])
        if program == "java":
            return Started("java", java_options(words[1:]), variables)
        if program in SHELLS:
            return _shell(words[1:], variables, depth)
        if program == "env":
            taken = _env(words[1:], variables)
            if taken is None:
                break
            words, variables = taken
        elif program in _WRAPPERS:
            words = _behind(words[1:], *_WRAPPERS[program])
        elif program == "busybox":
            words = words[1:]
        elif program in _OTHERS.split():
            return _OTHER
        else:
            why = f"what {program[:_MOST_SHOWN]} passes to java is not known" if program else _UNKNOWN
            return Started("unclear", (), variables, why)
    return Started("unclear", (), variables, _UNKNOWN)


def program_of(word: LaunchText) -> str:
    """The name of a program without its folder; empty where it is not known."""
    start = word.text.rfind("/") + 1
    return "" if unknown(part(word, start, len(word.text))) else word.text[start:]


def java_options(words: Sequence[LaunchText]) -> tuple[LaunchText, ...]:
    """Of what java gets the words before its jar, module or class."""
    options: list[LaunchText] = []
    takes_value = False
    for word in words:
        text = word.text
        if text in ("-jar", "-m", "--module") or text.startswith("--module="):
            break
        if not takes_value and not _NO_CLASS.match(text):
            break
        takes_value = text in TAKE_VALUE
        options.append(word)
    return tuple(options)


def _behind(words: Sequence[LaunchText], valued: str, operands: int) -> tuple[LaunchText, ...]:
    """The program behind a wrapper's own options and operands."""
    rest = list(words)
    options = valued.split()
    while rest and rest[0].text.startswith("-"):
        word = rest.pop(0).text
        if word == "--":
            break
        if word in options and rest:
            rest.pop(0)
    return tuple(rest[operands:])


def _env(
    words: Sequence[LaunchText], variables: Mapping[str, EnvVar]
) -> tuple[tuple[LaunchText, ...], Mapping[str, EnvVar]] | None:
    """What stands behind `env`, and the variables that it leaves; None where it is not clear."""
    rest, given = list(words), dict(variables)
    while rest:
        text = rest[0].text
        if text in ("-i", "-", "--ignore-environment"):
            given = {}
        elif text in ("-u", "--unset") and len(rest) > 1:
            given.pop(rest.pop(1).text, None)
        elif text.startswith("--unset="):
            given.pop(text.partition("=")[2], None)
        elif text in ("-C", "--chdir") and len(rest) > 1:
            rest.pop(1)
        elif text == "--":
            del rest[0]
            break
        elif _ASSIGNED.match(text):
            name = text.partition("=")[0]
            value = part(rest[0], len(name) + 1, len(text))
            why = unknown(value)
            given[name] = EnvVar(name, None if why else value.text, (), value.pieces, why)
        elif text.startswith("-"):
            return None
        else:
            break
        del rest[0]
    return tuple(rest), given


def _shell(words: Sequence[LaunchText], variables: Mapping[str, EnvVar], depth: int) -> Started:
    """What the script of `sh -c` starts."""
    rest, given = list(words), False
    while rest and rest[0].text[:1] in ("-", "+"):
        text = rest.pop(0).text
        if text == "--":
            break
        if text.startswith("--"):
            continue
        if not _CLUSTER.fullmatch(text):
            break
        given = given or (text[0] == "-" and "c" in text)
        if "o" in text and rest:
            rest.pop(0)
    if not given or not rest:
        return Started("unclear", (), variables, "what its shell script passes to java is not known")
    unclear = Started("unclear", (), variables, "its shell command is more than one plain line")
    try:
        found = commands(rest[0], variables, rest[2:])
    except UnclearError:
        return _OTHER if _starts_others(rest[0].text) else unclear
    results = [started(_without_builtin(command.words), command.variables, depth) for command in found]
    machines = [one for one in results if one.kind == "java"]
    if len(machines) == 1:
        return machines[0]
    if machines:
        return unclear
    return next((one for one in results if one.kind == "unclear"), _OTHER)


def _starts_others(script: str) -> bool:
    """Whether a script with loops or conditions, such as one that waits for a database, runs no JVM for certain."""
    harmless, flow = {*_OTHERS.split(), "for", "exit", "break", "continue"}, _FLOW.split()
    called = True
    for word in _PARTS.findall(_REDIRECTION.sub(" ", script)):
        if word in _SEPARATORS:
            called = True
        elif called and word not in flow and not _ASSIGNED.match(word):
            if word not in harmless:
                return False
            called = False
    return True


def _without_builtin(words: tuple[LaunchText, ...]) -> tuple[LaunchText, ...]:
    return words[1:] if len(words) > 1 and words[0].text in _BUILT_IN else words

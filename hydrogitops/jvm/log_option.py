"""Whether a JVM takes an -Xlog option (HotSpot logConfiguration.cpp, logSelection.cpp, 11 to 25)."""

from __future__ import annotations

import re
from functools import cache

from hydrogitops.jvm import numbers
from hydrogitops.jvm.flags_table import LOG_TAGS

_LEVELS = frozenset({"off", "trace", "debug", "info", "warning", "error"})
_DECORATORS = frozenset(
    {
        *("time", "t", "utctime", "utc", "uptime", "u", "timemillis", "tm", "uptimemillis", "um", "timenanos", "tn"),
        *("uptimenanos", "un", "hostname", "hn", "pid", "p", "tid", "ti", "level", "l", "tags", "tg"),
    }
)
_MOST_TAGS = 5
_MOST_FILES = 1000
_OUTSIDE_QUOTES = re.compile(r':(?=(?:[^"]*"[^"]*")*[^"]*$)')


def fault(text: str, jdk: int) -> str | None:
    """What is wrong with the text after "-Xlog", in one clause, or None; "help" for the option that ends the VM."""
    if text in ("", ":disable"):
        return None
    if text == ":help":
        return "help"
    if not text.startswith(":"):
        return "a colon is missing after -Xlog"
    if text == ":async" and jdk >= 17:
        return None
    if text.startswith(":async:") and jdk >= 25:
        return None if text in (":async:drop", ":async:stall") else "async takes drop or stall"
    what, output, decorators, extra = [*_OUTSIDE_QUOTES.split(text[1:], 3), "", "", ""][:4]
    return _selections(what, jdk) or _decorators(decorators) or _output(output, extra, jdk)


def _selections(what: str, jdk: int) -> str | None:
    if what.casefold() in ("", "all"):
        return None
    for selection in what.split(","):
        tags, equals, level = selection.partition("=")
        if equals and level.casefold() not in _LEVELS:
            return f"{level!r} is no log level"
        if tags.casefold() == "all":
            continue
        names = tags.removesuffix("*").casefold().split("+")
        unknown = [name for name in names if name not in _tags(jdk)]
        if unknown:
            return f"{unknown[0]!r} is no log tag"
        if len(names) > _MOST_TAGS or len(set(names)) < len(names):
            return f"{tags!r} names too many tags, or one twice"
    return None


def _decorators(text: str) -> str | None:
    if text in ("", "none"):
        return None
    unknown = [name for name in text.split(",") if name not in _DECORATORS]
    return f"{unknown[0]!r} is no decorator" if unknown else None


def _output(output: str, extra: str, jdk: int) -> str | None:
    if not extra:
        return None
    to_file = output not in ("", "stdout", "stderr") and not re.fullmatch(r"#[0-9]+", output)
    for pair in extra.split(":")[0].split(","):
        name, _, value = pair.partition("=")
        if name == "foldmultilines" and jdk >= 17:
            if value not in ("true", "false"):
                return "foldmultilines takes true or false"
        elif not to_file:
            if jdk > 17:
                return f"{name!r} is no option of {output or 'stdout'}"
        elif name == "filecount":
            count = numbers.size(value, jdk)
            if count is None or not 0 <= count <= _MOST_FILES:
                return "filecount must lie between 0 and 1000"
        elif name == "filesize":
            if numbers.size(value, jdk) is None:
                return f"{value!r} is no file size"
        else:
            return f"{name!r} is no option of a log file"
    return None


@cache
def _tags(jdk: int) -> frozenset[str]:
    return frozenset(LOG_TAGS[jdk].split())

"""What the java command itself makes of its words before the virtual machine sees them (libjli java.c and args.c)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from hydrogitops.jvm.words import Word

Refusal = Literal["main-class", "exits", "needs-argument", "not-in-variable"]

_EXITS_8 = frozenset({"-help", "-h", "-?", "-version", "-X", "-fullversion"})
_EXITS = _EXITS_8 | {
    "--help",
    "--version",
    "--help-extra",
    "--full-version",
    "--list-modules",
    "--validate-modules",
    "--dry-run",
}
# args.c isTerminalOpt, with what names the program.
_NOT_IN_VARIABLE = _EXITS - {"--list-modules", "--validate-modules"} | {"-jar", "-m", "--module"}
_PROGRAM = frozenset({"-jar", "-m", "--module"})
_CLASS_PATH = frozenset({"-cp", "-classpath", "--class-path"})
_DESCRIBE = frozenset({"-d", "--describe-module"})
_MODULES = frozenset(
    {
        "-p",
        "--module-path",
        "--upgrade-module-path",
        "--add-modules",
        "--limit-modules",
        "--add-exports",
        "--add-opens",
        "--add-reads",
        "--patch-module",
    }
)
_RENAMED = {
    "-verbosegc": "-verbose:gc",
    "-t": "-Xt",
    "-tm": "-Xtm",
    "-debug": "-Xdebug",
    "-noclassgc": "-Xnoclassgc",
    "-verify": "-Xverify:all",
    "-verifyremote": "-Xverify:remote",
    "-noverify": "-Xverify:none",
}
_RENAMED_SIZES = ("-ss", "-oss", "-ms", "-mx")
_KEPT = frozenset({"-showversion", "-XshowSettings", "-Xdiag", "-server", "-client"})
_KEPT_FROM_9 = frozenset({"--show-version", "--show-module-resolution"})
_GONE_IN_25 = frozenset({"-checksource", "-cs", "-noasyncgc"})


class Passed(NamedTuple):
    """A word that goes to the VM, as `text`."""

    text: str
    word: Word
    deprecated: bool = False


class Refused(NamedTuple):
    """A word at which the launcher ends, or takes the word for the program."""

    why: Refusal
    word: Word


def launch(words: Iterable[Word], jdk: int, *, in_variable: bool) -> Iterator[Passed | Refused]:
    """What becomes of each word of a command line, or of JDK_JAVA_OPTIONS, in order.

    What follows `-jar FILE` or `--module NAME` belongs to the program and yields nothing. A bare word is refused as
    main class, yet the words after it are read on: they were meant as options. Files of @-arguments are not seen.
    """
    rest = iter(words)
    for word in rest:
        text = word.text
        if text.startswith(("-XX:", "-D")):
            yield Passed(text, word)
        elif not text.startswith("-"):
            if jdk == 8 or len(text) < 2 or text[0] != "@" or text[1] == "@":
                yield Refused("main-class", word)
        elif in_variable and text in _NOT_IN_VARIABLE:
            yield Refused("not-in-variable", word)
        elif text in _PROGRAM and not (jdk == 8 and text != "-jar"):
            if next(rest, None) is None:
                yield Refused("needs-argument", word)
            return
        elif jdk > 8 and text.startswith("--module="):
            return
        elif text in (_EXITS_8 if jdk == 8 else _EXITS):
            yield Refused("exits", word)
        elif jdk == 8 and text in ("-cp", "-classpath"):
            if next(rest, None) is None:
                yield Refused("needs-argument", word)
        elif jdk > 8 and _takes_argument(text, jdk):
            argument = next(rest, None)
            if argument is None or argument.text.startswith("-") or not (argument.text or text in _CLASS_PATH):
                yield Refused("needs-argument", word)
            elif text in _DESCRIBE:
                yield Refused("exits", word)
        elif not _kept(text, jdk):
            yield _passed(text, word, jdk)


def _takes_argument(text: str, jdk: int) -> bool:
    return (
        text in _CLASS_PATH
        or text in _MODULES
        or text in _DESCRIBE
        or text == "--source"
        or (text == "--enable-native-access" and jdk >= 17)
    )


def _kept(text: str, jdk: int) -> bool:
    """Whether the launcher keeps the word to itself."""
    if text in _KEPT or text.startswith(("-XshowSettings:", "-splash:")):
        return True
    if jdk == 8:
        return text in ("-d64", "-jre-restrict-search", "-no-jre-restrict-search") or text.startswith("-version:")
    return (
        text in _KEPT_FROM_9
        or (text in _GONE_IN_25 and jdk < 25)
        or (text == "--disable-@files" and jdk >= 21)
        or text.startswith(("--class-path=", "--source="))
    )


def _passed(text: str, word: Word, jdk: int) -> Passed:
    renamed = _RENAMED.get(text)
    if renamed is None and text == "-Xfuture" and jdk < 25:
        return Passed("-Xverify:all", word, deprecated=jdk >= 17)
    if renamed is None and text.startswith(_RENAMED_SIZES):
        renamed = "-X" + text[1:]
    return Passed(text, word) if renamed is None else Passed(renamed, word, deprecated=jdk >= 25)

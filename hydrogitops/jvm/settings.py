"""What was read from the options of one JVM: settings, and the words that stop it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from hydrogitops.jvm.words import Word

Value = bool | int | float | str
FailureKind = Literal[
    "open-quote",
    "main-class",
    "exits",
    "needs-argument",
    "not-in-variable",
    "unknown-option",
    "unknown-flag",
    "debug-build",
    "removed-option",
    "locked",
    "missing-sign",
    "unexpected-sign",
    "bad-value",
    "bad-size",
    "out-of-range",
    "stack-too-small",
    "initial-over-max",
    "collectors",
    "contradiction",
]


class Setting(NamedTuple):
    """What a flag ends with; a flag given in a variable is no command-line flag to the VM's ergonomics."""

    value: Value
    word: Word
    by_command_line: bool


class Failure(NamedTuple):
    """A word that stops the VM, and why; `flag`, `value` and `detail` as far as the kind has them."""

    kind: FailureKind
    word: Word
    flag: str = ""
    value: str = ""
    detail: str = ""


class Warned(NamedTuple):
    """A word that the VM takes and warns of; `ignored` where it does nothing."""

    word: Word
    name: str
    ignored: bool


@dataclass(slots=True)
class Options:
    """The options of one JVM as far as they are read; `reader.read` fills it, the ergonomics add failures."""

    jdk: int
    words: list[Word] = field(default_factory=list)
    settings: dict[str, Setting] = field(default_factory=dict)
    given: list[tuple[str, Value, Word]] = field(default_factory=list)
    """Every flag as often as it is given, in the VM's order."""
    properties: dict[str, tuple[str, Word]] = field(default_factory=dict)
    agents: list[Word] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)
    unread: list[tuple[str, int, int]] = field(default_factory=list)
    """Parts of variables that this VM doesn't read: variable, start, end."""
    compiles: bool = True
    """False with -Xint."""

    def set(self, name: str, value: Value, word: Word, *, command_line: bool) -> None:
        """Give a flag its value; once a command-line flag, always one (from JDK 9 on; 8 goes by the last)."""
        before = self.settings.get(name)
        if before is not None and before.by_command_line and self.jdk > 8:
            command_line = True
        self.settings[name] = Setting(value, word, command_line)
        self.given.append((name, value, word))

    def number(self, name: str, default: int) -> int:
        """The value of a numeric flag."""
        setting = self.settings.get(name)
        return default if setting is None else int(setting.value)

    def on(self, name: str, *, default: bool = False) -> bool:
        """Whether a boolean flag is on."""
        setting = self.settings.get(name)
        return default if setting is None else bool(setting.value)

    def word(self, name: str) -> Word | None:
        """The word that gave the flag its value."""
        setting = self.settings.get(name)
        return None if setting is None else setting.word

    def by_command_line(self, name: str) -> bool:
        """What FLAG_IS_CMDLINE tells the VM."""
        setting = self.settings.get(name)
        return setting is not None and setting.by_command_line

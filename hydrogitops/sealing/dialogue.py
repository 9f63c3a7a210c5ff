"""Asking for values on a terminal: what is secret is hidden and typed twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Ask(Protocol):
    """Puts questions to a person. KeyboardInterrupt where they have had enough."""

    def hidden(self, question: str) -> str:
        """A text that is not shown and was typed twice alike; empty where Enter alone was pressed."""

    def text(self, question: str, default: str) -> str:
        """A text that is shown."""

    def choose(self, question: str, choices: Sequence[str]) -> str:
        """One of the choices."""

    def confirm(self, question: str) -> bool:
        """Yes or no, no by default."""


class Terminal:
    """Asks with questionary."""

    def hidden(self, question: str) -> str:
        import questionary

        while True:
            first = str(questionary.password(f"{question}:").unsafe_ask())
            if not first or first == str(questionary.password("The same once more:").unsafe_ask()):
                return first
            questionary.print("These two differ.")

    def text(self, question: str, default: str) -> str:
        import questionary

        return str(questionary.text(f"{question}:", default=default).unsafe_ask()).strip()

    def choose(self, question: str, choices: Sequence[str]) -> str:
        import questionary

        return str(questionary.select(f"{question}:", choices=list(choices)).unsafe_ask())

    def confirm(self, question: str) -> bool:
        import questionary

        return bool(questionary.confirm(question, default=False).unsafe_ask())

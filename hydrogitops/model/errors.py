"""What a person can mend.

UserError    one message with the place and the way out; exit 2
"""

from __future__ import annotations

from .places import Span


class UserError(Exception):
    """A mistake that a user can mend. `message` says what, `hint` what to type or change, `span` where it stands."""

    def __init__(self, message: str, hint: str = "", span: Span | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.span = span

"""What a user may name: an environment that is there."""

from __future__ import annotations

import pytest

from hydrogitops.linter.options import check_names
from hydrogitops.model import UserError


@pytest.mark.parametrize(
    ("there", "message", "hint"),
    [
        ([], "there is no environment here", "hydrogitops lint says what it finds"),
        (["dev", "prod"], "there is no environment prdo", "did you mean prod?"),
        (["dev", "qa"], "there is no environment prdo", "there are: dev, qa"),
    ],
)
def test_an_environment_that_is_not_there(there: list[str], message: str, hint: str) -> None:
    with pytest.raises(UserError) as refused:
        check_names(["prdo"], there)
    assert (refused.value.message, refused.value.hint) == (message, hint)

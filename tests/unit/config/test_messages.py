"""Words for what pydantic found."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hydrogitops.config.messages import explain, shown, unknown


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    memory: str = ""
    auto_od: bool = Field(default=False, alias="auto-od")


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    resources: Inner | None = None
    pools: list[Inner] = []
    environments: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "the document"),
        (("a",), "a"),
        (("a", "b", 0, "c"), "a.b[0].c"),
        (("a", 1, 2), "a[1][2]"),
    ],
)
def test_paths(path: tuple[str | int, ...], text: str) -> None:
    assert shown(path) == text


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"resorces": {}}, "resorces: unknown key; did you mean resources?"),
        ({"resources": {"memry": ""}}, "resources.memry: unknown key; did you mean memory?"),
        ({"pools": [{"auto_od": True}]}, "pools[0].auto_od: unknown key; did you mean auto-od?"),
        ({"environments": {"dev": {"zzz": 1}}}, "environments.dev.zzz: unknown key"),
        ({"resources": {"memory": 1}}, "resources.memory: a text is wanted here; put it in quotes"),
        ({"resources": []}, "resources: a map is wanted here"),
        ({"pools": {}}, "pools: a list is wanted here"),
        ({"environments": {"dev": {"auto-od": "yes"}}}, "environments.dev.auto-od: true or false is wanted here"),
    ],
)
def test_findings(data: object, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
    assert [f"{shown(path)}: {message}" for path, message in explain(caught.value, Outer)] == [said]


def test_a_key_for_a_secret_says_where_secrets_go() -> None:
    assert "seal" in unknown("password", ["username"])

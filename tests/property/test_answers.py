"""Whatever is answered gets an answer: never a traceback; and what is accepted is accepted again, by the linter too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hydrogitops.config import configuration_models
from hydrogitops.config.answers import as_data, problems, read_answers
from tests.unit.config.answers_data import changed, example

EXAMPLES = (example("production-external"), example("in-cluster"))


def places(data: object, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every key of a map of maps, its steps joined as `changed` takes them."""
    for key, value in data.items() if isinstance(data, dict) else ():
        yield "__".join((*path, key))
        yield from places(value, (*path, key))


PLACES = tuple((number, place) for number, answers in enumerate(EXAMPLES) for place in places(answers))
WORDS = st.sampled_from(
    [
        "", "TODO", "true", "on", "1e3", "-1", "0", "9.6", "8.0.1", "1.5gb", "500m", "minio", "in-cluster", "ecr",
        "documentdb", "flux", "eks-capability", "us-east-1a", "https://x.example.com", "a/b", "a:b", "-Xmx9g",
        "arn:aws:eks:us-east-1:123456789012:cluster/x", "{{ x }}", "password=x", "kube-system", "é", "\x00",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.floats() | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PLACES), VALUES, st.booleans())
def test_any_value_at_any_place(place: tuple[int, str], value: object, allow_open: bool) -> None:
    number, path = place
    answered = changed(EXAMPLES[number], **{path: value})
    found = problems(answered, allow_open=allow_open)
    assert all(message for _, message in found)
    if found:
        return
    answers = read_answers(answered, allow_open=allow_open)
    data = as_data(answers)
    assert as_data(read_answers(data, allow_open=allow_open)) == data
    assert configuration_models.problems(configuration(data)) == []


def configuration(data: dict[str, Any]) -> dict[str, Any]:
    """What `.hydrogitops.yaml` makes of answers."""
    environments = {
        name: {key: one[key] for key in ("profile", "kubernetes", "pools") if key in one}
        for name, one in data["environments"].items()
    }
    return {"version": 1, "environments": environments, "answers": data}

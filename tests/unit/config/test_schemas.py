"""The published schemas take what the models take."""

from __future__ import annotations

import pytest
import yaml

from hydrogitops import config
from hydrogitops.config.answer_models import Answers, Part

from .answers_data import EXAMPLES

jsonschema = pytest.importorskip("jsonschema")


@pytest.mark.parametrize("name", ["answers", "config", "policies"])
def test_schemas_are_schemas(name: str) -> None:
    schema = config.schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="waivers"):
        config.schema("waivers")


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_examples_fit(example: object) -> None:
    data = yaml.safe_load(example.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    jsonschema.Draft202012Validator(config.schema("answers")).validate(data)


@pytest.mark.parametrize(
    "given", [{}, {"services": {"manager": {"java_options": "-Xmx1g"}}}, {"storage": {"buckets": {}}}]
)
def test_whatever_has_a_default_may_be_left_out(given: object) -> None:
    jsonschema.Draft202012Validator(config.schema("answers")).validate(given)


@pytest.mark.parametrize("given", [{"servces": {}}, {"engine": "helm"}, {"environments": {"dev": {"pools": [{}]}}}])
def test_what_is_wrong_does_not_fit(given: object) -> None:
    assert not jsonschema.Draft202012Validator(config.schema("answers")).is_valid(given)


def test_every_model_of_the_answers_is_strict() -> None:
    models: list[type[Part]] = [Answers, *Part.__subclasses__()]
    for model in models:
        assert model.model_config["extra"] == "forbid"
        assert model.model_config["strict"] is True

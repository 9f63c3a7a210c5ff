"""What holds for every quantity, and for every text."""

from __future__ import annotations

import random
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hydrogitops.kube.names import validate_name
from hydrogitops.kube.quantity import Quantity, QuantityError, has_digit
from hydrogitops.kube.resources import assess_pod
from hydrogitops.kube.scheduling import pool, schedulable
from hydrogitops.kube.tolerations import tolerates, validate

KINDS = ["label-key", "label-value", "dns1123-label", "dns1123-subdomain", "dns1035-label", "env-name"]
KINDS += ["configmap-key", "port-name"]

NUMBERS = st.from_regex(r"[+-]?[0-9]{1,25}(\.[0-9]{0,14})?", fullmatch=True)
SUFFIXES = st.sampled_from(["", *"numkMGTPE", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]) | st.from_regex(
    r"[eE][+-]?[0-9]{1,3}", fullmatch=True
)
TEXTS = st.builds(str.__add__, NUMBERS, SUFFIXES)
QUANTITIES = st.builds(Quantity.parse, TEXTS)
NEARLY = st.text("0123456789.+-eEinumkKMGTP _,x", max_size=12) | st.text()
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
YAML = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(QUANTITIES)
def test_the_canonical_form_keeps_value_and_is_canonical(quantity: Quantity) -> None:
    again = Quantity.parse(str(quantity))
    assert again == quantity
    assert str(again) == str(quantity)


@given(st.integers(-(10**30), 10**30))
def test_every_nano_has_a_canonical_form(nano: int) -> None:
    assert Quantity.parse(str(Quantity(nano, "DecimalSI"))).nano == nano
    assert Quantity.parse(str(Quantity(nano, "DecimalExponent"))).nano == nano


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_every_number_of_bytes_has_a_canonical_form(value: int) -> None:
    assert Quantity.parse(str(Quantity(value * 10**9, "BinarySI"))).nano == value * 10**9


@given(QUANTITIES, QUANTITIES)
def test_the_order_is_total_and_goes_by_value(one: Quantity, other: Quantity) -> None:
    assert [one < other, one == other, one > other].count(True) == 1
    assert (one < other) == (one.nano < other.nano) == (not one >= other)
    assert (one == other) == (one.nano == other.nano) == (one <= other and one >= other)
    if one == other:
        assert hash(one) == hash(other)


@given(QUANTITIES, QUANTITIES, st.integers(-1000, 1000))
def test_arithmetic_is_exact(one: Quantity, other: Quantity, factor: int) -> None:
    assert (one + other).nano == (other + one).nano == one.nano + other.nano
    assert one - other == -(other - one)
    assert (one * factor).nano == one.nano * factor


@given(QUANTITIES)
def test_stored_rounds_away_from_zero_by_less_than_a_milli(quantity: Quantity) -> None:
    stored = quantity.stored
    assert not stored.nano % 10**6
    assert 0 <= abs(stored.nano) - abs(quantity.nano) < 10**6
    assert stored.stored == stored
    assert stored.format == quantity.format


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30))
def test_a_float_is_read_by_its_shortest_digits(value: float) -> None:
    exact = Fraction(repr(value)) * 10**9
    assert abs(Quantity.of(value).nano) == -(-abs(exact) // 1)


@given(st.text("eE+-0123456789.", max_size=30))
def test_no_exponent_explodes(text: str) -> None:
    try:
        quantity = Quantity.parse(text)
    except QuantityError:
        return
    assert len(str(quantity)) < 50
    assert Quantity.parse(str(quantity)) == quantity


@given(NEARLY)
def test_no_text_crashes_a_parser(text: str) -> None:
    for read in (Quantity.parse, Quantity.of):
        try:
            assert isinstance(read(text).nano, int)
        except QuantityError as error:
            assert (error.text, bool(str(error))) == (text, True)
    assert has_digit(text) in (True, False)
    for kind in KINDS:
        assert all(validate_name(kind, text))
    toleration = {"key": text, "operator": "Gt", "value": text, "effect": text}
    assert all(problem.field.startswith("tolerations[0]") for problem in validate([toleration], comparison=True))
    assert tolerates(toleration, toleration, comparison=True) is False


def test_a_hundred_thousand_texts_crash_no_parser() -> None:
    draw = random.Random(1372)
    for index in range(100_000):
        alphabet = "0123456789.+-eEinumkKMGTP _,x/a" if index % 2 else "".join(map(chr, draw.sample(range(65536), 8)))
        text = "".join(draw.choices(alphabet, k=draw.randrange(12)))
        try:
            assert Quantity.parse(text) == Quantity.of(text)
        except QuantityError as error:
            assert error.text == text
        assert isinstance(validate_name(KINDS[index % len(KINDS)], text), list)


@given(YAML, YAML)
def test_no_data_crashes_a_judge(one: object, other: object) -> None:
    resources = {"limits": {"cpu": one, "memory": other}, "requests": other}
    container = {"resources": resources, "restartPolicy": one}
    required = {
        "nodeSelectorTerms": [one, {"matchExpressions": [other, {"key": "a", "operator": one, "values": other}]}]
    }
    spec: dict[str, object] = {
        "containers": [one, container],
        "initContainers": other,
        "resources": one,
        "overhead": other,
        "tolerations": [one, {"key": one, "value": other, "tolerationSeconds": one}],
        "nodeSelector": {"disk": one},
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}},
    }
    assessed = assess_pod({"spec": spec})
    assert (assessed.qos is None) == (not assessed.defaulted)
    assert schedulable({"spec": spec}, [pool("a", {}, [{"key": "a", "effect": "NoSchedule"}], ["m5.large"])])
    assert isinstance(validate([{"key": one, "operator": other, "tolerationSeconds": one}]), list)
    assert tolerates({"key": one, "value": other}, {"key": other, "value": one}) in (True, False)

from __future__ import annotations

import copy
import operator
import pickle
from typing import Any

import pytest

from hydrogitops.kube.quantity import Quantity, QuantityError, QuantityReason, has_digit


def test_what_the_interface_promises() -> None:
    q = Quantity.parse("1.5Gi")
    assert (q.nano, str(q)) == (1610612736000000000, "1536Mi")
    assert Quantity.parse("0.1") == Quantity.parse("100m")
    assert str(Quantity.parse("1e3")) == "1e3"


@pytest.mark.parametrize(
    ("text", "canonical", "nano"),
    [
        ("0", "0", 0),
        ("+1", "1", 10**9),
        ("007", "7", 7 * 10**9),
        ("5.", "5", 5 * 10**9),
        ("1m", "1m", 10**6),
        ("1M", "1M", 10**15),
        ("1E", "1E", 10**27),
        ("1E3", "1e3", 10**12),
        ("12e-1", "1200e-3", 12 * 10**8),
        ("2048Mi", "2Gi", 2 * 2**30 * 10**9),
        ("0.5Ki", "512", 512 * 10**9),
        ("1.1Ki", "1126400m", 1126400 * 10**6),
        ("-1.5Gi", "-1536Mi", -1536 * 2**20 * 10**9),
        ("1000m", "1", 10**9),
        # Below a nano everything rounds away from zero.
        ("1e-100", "1e-9", 1),
        ("-0.1n", "-1n", -1),
        ("1.0000000001Ki", "1024000000103n", 1024000000103),
        ("1e-2147483648", "1e-9", 1),
        ("0e999999999", "0", 0),
        # A binary suffix caps silently.
        ("8Ei", "9223372036854775807", (2**63 - 1) * 10**9),
        ("-9999Ei", "-9223372036854775807", -(2**63 - 1) * 10**9),
        # Above the largest suffix the value stays whole (upstream prints 1).
        ("1000E", "1000E", 10**30),
        # Upstream keeps 32 bits of an exponent.
        ("1e4294967297", "10", 10**10),
        # No digit is zero, with most suffixes.
        (".", "0", 0),
        ("-", "0", 0),
        ("Ti", "0", 0),
        (".e3", "0", 0),
        ("e-9", "0", 0),
    ],
)
def test_value_and_canonical_form(text: str, canonical: str, nano: int) -> None:
    quantity = Quantity.parse(text)
    assert (str(quantity), quantity.nano) == (canonical, nano)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "syntax"),
        ("1gb", "syntax"),
        ("1 Gi", "syntax"),
        ("1Gi\n", "syntax"),
        ("1,5Gi", "syntax"),
        ("1_000", "syntax"),
        ("1.2.3", "syntax"),
        ("٣", "syntax"),
        ("1e0.5", "syntax"),
        ("1K", "suffix"),
        ("1GI", "syntax"),
        ("1e", "suffix"),
        ("1E+", "suffix"),
        ("1kk", "suffix"),
        ("1-", "suffix"),
        ("1M3", "suffix"),
        ("1ei5", "suffix"),
        ("1e9223372036854775808", "suffix"),
        ("Pi", "number"),
        (".Ei", "number"),
        ("e-10", "number"),
        ("1e999999999", "number"),
        pytest.param("9" * 5000, "number", id="thousands of digits"),
        pytest.param("1" + "0" * 5000 + "Ki", "number", id="thousands of zeros"),
    ],
)
def test_refusals(text: str, reason: QuantityReason) -> None:
    with pytest.raises(QuantityError) as caught:
        Quantity.parse(text)
    assert (caught.value.text, caught.value.reason) == (text, reason)
    assert isinstance(caught.value, ValueError)


def test_an_error_shows_a_long_text_shortened_and_can_be_pickled() -> None:
    with pytest.raises(QuantityError) as caught:
        Quantity.parse("x" * 500)
    assert len(str(caught.value)) < 200
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.text, again.reason) == (caught.value.text, caught.value.reason)


def test_parse_takes_text_alone() -> None:
    wrong: Any
    for wrong in (1, None, b"1"):
        with pytest.raises(TypeError):
            Quantity.parse(wrong)


@pytest.mark.parametrize(
    ("value", "canonical", "form"),
    [
        ("1Gi ", "1Gi", "BinarySI"),
        ("\u00a01\u3000", "1", "DecimalSI"),
        (1000, "1k", "DecimalSI"),
        (-(2**63), "-9223372036854775808", "DecimalSI"),
        (2**64 - 1, "18446744073709551615", "DecimalSI"),
        (1000.0, "1k", "DecimalSI"),
        (0.1, "100m", "DecimalSI"),
        (1.5, "1500m", "DecimalSI"),
        (0.000001, "1u", "DecimalSI"),
        (9e-7, "900e-9", "DecimalExponent"),
        # The shortest digits that name the float, not its exact value.
        (8.680879746454463e18, "8680879746454463k", "DecimalSI"),
        (1e21, "1e21", "DecimalExponent"),
        (-0.0, "0", "DecimalSI"),
        (None, "0", "DecimalSI"),
    ],
)
def test_yaml_values(value: object, canonical: str, form: str) -> None:
    quantity = Quantity.of(value)
    assert (str(quantity), quantity.format) == (canonical, form)


ENDLESS: list[object] = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    ("value", "text", "reason"),
    [
        (True, "true", "type"),
        (False, "false", "type"),
        ([], "a list", "type"),
        (ENDLESS, "a list", "type"),
        ({"a": 1}, "a map", "type"),
        (float("inf"), ".inf", "type"),
        (float("-inf"), "-.inf", "type"),
        (float("nan"), ".nan", "type"),
        (" 1gb ", " 1gb ", "syntax"),
        ("", "", "syntax"),
        # JSON escapes a tab and a line end, and the decoder trims before it reads escapes.
        ("1Gi\n", "1Gi\n", "syntax"),
        ("\t1Gi", "\t1Gi", "syntax"),
        pytest.param(10**5000, "an integer of thousands of digits", "number", id="thousands of digits"),
    ],
)
def test_yaml_values_that_are_no_quantity(value: object, text: str, reason: QuantityReason) -> None:
    with pytest.raises(QuantityError) as caught:
        Quantity.of(value)
    assert (caught.value.text, caught.value.reason) == (text, reason)


@pytest.mark.parametrize(
    ("text", "stored"),
    [("0.5m", "1m"), ("-0.5n", "-1m"), ("1.0005", "1001m"), ("2Gi", "2Gi"), ("1e-9", "1e-3"), ("0.3Ki", "307200m")],
)
def test_stored_is_rounded_up_to_milli(text: str, stored: str) -> None:
    assert str(Quantity.parse(text).stored) == stored


def test_arithmetic() -> None:
    gi, half, zero = Quantity.parse("1Gi"), Quantity.parse("500m"), Quantity.parse("0")
    assert str(gi + gi) == "2Gi"
    assert str(gi - half) == "1073741823500m"
    assert str(half + half) == "1"
    assert str(gi * 3) == str(3 * gi) == "3Gi"
    assert (-gi, abs(-gi)) == (Quantity.parse("-1Gi"), gi)
    assert [bool(q) for q in (gi, zero)] == [True, False]
    # The format is the left one's, the right one's beside a zero.
    assert [(a + b).format for a, b in ((half, gi), (gi, half), (zero, gi))] == ["DecimalSI", "BinarySI", "BinarySI"]
    assert [(a - b).format for a, b in ((half, gi), (gi, half), (zero, gi))] == ["DecimalSI", "BinarySI", "BinarySI"]


def test_equality_and_hash_go_by_value() -> None:
    spellings = [Quantity.parse(text) for text in ("1", "1000m", "1e0", "0.001k")]
    assert len(set(spellings)) == 1
    assert Quantity.parse("1") != 1
    assert copy.copy(spellings[0]) == spellings[0]


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge, operator.add, operator.sub])
def test_only_quantities_compare_and_add(compare: Any) -> None:
    with pytest.raises(TypeError):
        compare(Quantity.parse("1"), 1)


def test_only_whole_numbers_multiply() -> None:
    factor: Any = 1.5
    with pytest.raises(TypeError):
        Quantity.parse("1") * factor


@pytest.mark.parametrize(
    ("text", "expected"), [("1Gi", True), (".5", True), ("-0", True), ("Ki", False), (".e3", False), ("+", False)]
)
def test_has_digit(text: str, expected: bool) -> None:
    assert has_digit(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("8Ei", True), ("-8Ei", True), ("7Ei", False), ("9223372036854775807", False)]
)
def test_capped(text: str, expected: bool) -> None:
    assert Quantity.parse(text).capped is expected

"""Numbers as each JDK reads them."""

from __future__ import annotations

import pytest

from hydrogitops.jvm.numbers import human, integer, option, real, size


@pytest.mark.parametrize(
    ("text", "by_8", "by_11"),
    [
        ("0", 0, 0),
        ("512", 512, 512),
        ("512k", 2**19, 2**19),
        ("1K", 1024, 1024),
        ("2m", 2**21, 2**21),
        ("3G", 3 * 2**30, 3 * 2**30),
        ("1t", 2**40, 2**40),
        ("0" * 80 + "1m", 2**20, 2**20),
        ("0x40", None, 64),
        ("0X10m", None, 2**24),
        ("18446744073709551615", 2**64 - 1, 2**64 - 1),
        ("18446744073709551616", 2**64 - 1, None),
        ("18446744073709551616k", None, None),
        ("18014398509481984k", None, None),
        ("9" * 5000, 2**64 - 1, None),
        ("", None, None),
        ("m", None, None),
        ("-1", None, None),
        ("+1", None, None),
        ("1.5g", None, None),
        ("1Gi", None, None),
        ("1gb", None, None),
        (" 1g", None, None),
        ("1e9", None, None),
        ("0x", None, None),
        ("\u0661", None, None),
    ],
)
def test_sizes(text: str, by_8: int | None, by_11: int | None) -> None:
    assert size(text, 8) == by_8
    assert {size(text, jdk) for jdk in (11, 17, 21, 25)} == {by_11}


@pytest.mark.parametrize(
    ("text", "kind", "jdk", "value"),
    [
        ("7", "uintx", 8, 7),
        ("-7", "intx", 8, -7),
        ("-7", "uintx", 17, None),
        ("-7", "uint", 21, None),
        ("2k", "intx", 11, 2048),
        ("0x10", "intx", 8, None),
        ("0x10", "intx", 11, 16),
        # What is too wide for the type is cut up to 17, refused later.
        ("4294967297", "uint", 17, 1),
        ("4294967297", "uint", 21, None),
        ("4g", "int", 11, 0),
        ("3g", "int", 11, 3 * 2**30 - 2**32),
        ("3g", "int", 21, None),
        ("9223372036854775808", "intx", 17, -(2**63)),
        ("9223372036854775808", "intx", 25, None),
        ("-9223372036854775808", "intx", 25, -(2**63)),
        ("1.5", "intx", 17, None),
        ("--1", "intx", 17, None),
        ("", "intx", 17, None),
    ],
)
def test_integers(text: str, kind: str, jdk: int, value: int | None) -> None:
    assert integer(text, kind, jdk) == value


@pytest.mark.parametrize(
    ("text", "by_8", "by_17", "by_21"),
    [
        ("75.0", 75.0, 75.0, 75.0),
        ("75", None, 75.0, 75.0),
        ("0.75", 0.75, 0.75, 0.75),
        ("-5.0", -5.0, -5.0, -5.0),
        ("75.", None, None, 75.0),
        (".75", None, None, 0.75),
        ("75%", None, None, None),
        ("75,0", None, None, None),
        ("75.0f", None, None, None),
        ("7.5e1", None, 75.0, 75.0),
        ("1e999", None, None, None),
        ("1.0e999", None, None, None),
        ("0x4", None, 4.0, 4.0),
        ("0x1p3", None, None, 8.0),
        ("0x1p99999", None, None, None),
        ("2k", None, 2048.0, None),
        ("nan", None, None, None),
        ("", None, None, None),
    ],
)
def test_reals(text: str, by_8: float | None, by_17: float | None, by_21: float | None) -> None:
    assert (real(text, 8), real(text, 17), real(text, 21)) == (by_8, by_17, by_21)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2048 * 2**20, "2048Mi"),
        (9 * 2**30, "9216Mi"),
        (16 * 2**30, "16Gi"),
        (12.75 * 2**30, "12.8Gi"),
        (3 * 2**40, "3Ti"),
        (160 * 1024, "160Ki"),
        (512, "512 bytes"),
        (0, "0 bytes"),
    ],
)
def test_sizes_for_people(number: float, text: str) -> None:
    assert human(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(2**31, "2g"), (1536 * 2**20, "1536m"), (2**19, "512k"), (2**20 + 1, "1m"), (5000, "4k"), (1, "1k")],
)
def test_sizes_for_options(number: int, text: str) -> None:
    assert option(number) == text

from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.source import SourceError, load
from hydrogitops.source.building import EITHER, MAX_DEPTH
from hydrogitops.source.events import pure_event_source
from hydrogitops.source.reading import MAX_SIZE, read, read_bytes

# Every answer in the tables was asked of sigs.k8s.io/yaml 1.6.0 over go.yaml.in/yaml v2.4.4.
DATA: list[tuple[str, object]] = [
    ("", None),
    ("# only a comment\n", None),
    ("---\n", None),
    ("- 1\n- a\n", [1, "a"]),
    ("text", "text"),
    ("a: {y: 3}\n", {"a": {"true": 3}}),
    ("80: a\n1.10: b\n~true: c\n", {"80": "a", "1.1": "b", "~true": "c"}),
    ("1e6: a\n1e300: b\n16777217.0: c\n-0.0: d\n.nan: e\n1e-5: f\n", {
        "1e+06": "a", ".inf": "b", "1.6777216e+07": "c", "-0": "d", ".nan": "e", "1e-05": "f"}),
    ("a: 1\na: 2\n", {"a": 2}),
    ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
    ("\ufeffa: 1\n", {"a": 1}),
    ("a: 1\n---\n", None),  # read below: two documents
    ("x: &x {a: 1}\ny: *x\n", {"x": {"a": 1}, "true": {"a": 1}}),
    ("- &a 1\n- &a 2\n- *a\n", [1, 2, 2]),
    ("x: &x {a: 1, b: 2}\nz: {<<: *x, b: 3}\n", {"x": {"a": 1, "b": 2}, "z": {"a": 1, "b": 3}}),
    ("x: &x {a: 1}\nz: {a: 3, <<: *x}\n", {"x": {"a": 1}, "z": {"a": 1}}),
    ("x: [&p {a: 1}, &q {a: 2, b: 2}]\nz: {<<: [*p, *q]}\n", {"x": [{"a": 1}, {"a": 2, "b": 2}], "z": {"a": 1, "b": 2}}),
    ("z: {'<<': 1}\n", {"z": {"<<": 1}}),
    ("z: {<<: {a: 1}, b: 2}\n", {"z": {"a": 1, "b": 2}}),
    ("a: ! 12\n", {"a": "12"}),
    ("a: !!binary /w==\n", {"a": "\ufffd"}),
    ("a: !!timestamp 2024-01-02\nb: !!float 3\nc: !!bool yes\nd: !!null ''\n", {
        "a": "2024-01-02", "b": 3, "c": True, "d": None}),
    ("{a:b, http://x}\n", {"a:b": None, "http://x": None}),
    ("a: .5_0\nb: ._5\nc: 0b-101\nd: 1e999\ne: 0O7\nf: 0x\n", {
        "a": 0.5, "b": "._5", "c": -5, "d": "1e999", "e": 7, "f": "0x"}),
    ("a: -9223372036854775808\nb: -9223372036854775809\nc: 1_0_0\nd: 1__0\n", {
        "a": -(2**63), "b": -9.223372036854775808e18, "c": 100, "d": 10}),
    ("a: 1\nb: \"x\ufeff\"\n", {"a": 1, "b": "x\ufeff"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "data"), [case for case in DATA if "\n---" not in case[0]])
def test_load(text: str, data: object) -> None:
    got = load(text)
    assert (got, types(got)) == (data, types(data))


def types(value: object) -> object:
    if isinstance(value, dict):
        return {key: types(inner) for key, inner in value.items()}
    return [types(inner) for inner in value] if isinstance(value, list) else type(value)


REFUSED = [
    ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
    ("a: .inf\n", 1, 4, "infinity"),
    ("a: [.nan]\n", 1, 5, "infinity"),
    ("x: 1\n~: 2\n", 2, 1, "null"),
    ("? \n: 2\n", 1, 2, "null"),
    ("{a: 1}: 2\n", 1, 1, "list or a map"),
    ("? [a]\n: 2\n", 1, 3, "list or a map"),
    ("18446744073709551615: a\n", 1, 1, "2⁶³"),
    ("a: *nobody\n", 1, 4, "not above it"),
    ("a: &a [*a]\n", 1, 8, "holds itself"),
    ("a: {<<: 1}\n", 1, 9, "takes a map"),
    ("x: &x [1]\na: {<<: *x}\n", 2, 9, "takes a map"),
    ("a: !!int x\n", 1, 4, "no int"),
    ("a: !!float 18446744073709551615\n", 1, 4, "no float"),
    ("a: !!binary x\n", 1, 4, "base64"),
    ("a: !!timestamp 2024-13-01\n", 1, 4, "no timestamp"),
    ("%YAML 1.2\n---\na: 1\n", 1, 1, "1.1"),
    ("a: b: c\n", 1, 5, "mapping"),
    ("a: @x\n", 1, 4, "quote it"),
    ("a:\n\tb: 1\n", 2, 1, "tab"),
    ("a: 1\n \tb: 1\n", 2, 2, "tab"),
    ("a: [1, 2\nb: 3\n", 1, 4, "not closed"),
    ("a: 'x\n", 1, 4, "not closed"),
    ('a: "\\z"\n', 1, 5, "escape"),
    ("a: \x00\n", 1, 4, "U+0000"),
    ("a: \ud800\n", 1, 4, "U+D800"),
    ("\ufeffa: \x07\n", 1, 4, "U+0007"),
    ("a: {{ .Values.x }}\n", 1, 4, "{{"),
    ("{% if x %}\na: 1\n", 1, 1, "{%"),
    ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", 2, 1, "merge conflict"),
    ("é: [@]\n", 1, 5, "quote it"),
    ("a: &x\n" + "b: *x\n", None, None, ""),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), REFUSED)
def test_load_refuses(text: str, line: int | None, column: int, words: str) -> None:
    if line is None:
        assert load(text) == {"a": None, "b": None}
        return
    with pytest.raises(SourceError) as caught:
        load(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_load_takes_a_text() -> None:
    with pytest.raises(TypeError):
        load(b"a: 1")  # type: ignore[arg-type]


def notes(text: str) -> list[tuple[Any, ...]]:
    return [(n.kind, n.path, n.text, n.meaning, n.nth) for n in read("f", text).documents[0].notes]


NOTES = [
    ("a: true\nb: False\nc: ~\nd: 12\ne: 1.5\nf: 2024-01-02\ng: '010'\nh: !!str 010\ni: 9007199254740994\n80: a\n", []),
    ("a: yes\n", [("trap-value", ("a",), "yes", "the boolean true", 0)]),
    ("a: [x, {b: n}]\n", [("trap-value", ("a", 1, "b"), "n", "the boolean false", 0)]),
    ("a: 010\n", [("trap-value", ("a",), "010", "the number 8", 0)]),
    ("a: 0x1F\n", [("trap-value", ("a",), "0x1F", "the number 31", 0)]),
    ("a: 1_000\n", [("trap-value", ("a",), "1_000", "the number 1000", 0)]),
    ("a: 1e3\n", [("trap-value", ("a",), "1e3", "the number 1000", 0)]),
    ("a: 1.10\n", [("trap-value", ("a",), "1.10", "the number 1.1", 0)]),
    ("a: 1.0\n", [("trap-value", ("a",), "1.0", "the number 1", 0)]),
    ("a: 12345678901234567890\n", [
        ("trap-value", ("a",), "12345678901234567890",
         "12345678901234567000 in Helm, whose numbers keep 53 bits", 0)]),
    ("a: 9007199254740993\n", [
        ("trap-value", ("a",), "9007199254740993", "9007199254740992 in Helm, whose numbers keep 53 bits", 0)]),
    ("y: 1\n", [("trap-key", ("true",), "y", "the key `true`", 0)]),
    ("a: {0777: b, 1.10: c}\n", [
        ("trap-key", ("a", "511"), "0777", "the key `511`", 0),
        ("trap-key", ("a", "1.1"), "1.10", "the key `1.1`", 0)]),
    ("a: 1\na: 2\na: 3\n", [
        ("duplicate-key", ("a",), "a", "", 1),
        ("duplicate-key", ("a",), "a", "", 2)]),
    ("p: {80: a, \"80\": b}\n", [("duplicate-key", ("p", "80"), "80", EITHER, 1)]),
    ("p: {80: a, 80: b}\n", [("duplicate-key", ("p", "80"), "80", "", 1)]),
    ("x: &x {a: 1}\nz: {<<: *x, a: 2}\n", []),
    ("x: &x {a: 1}\nz: {a: 2, <<: *x, a: 3}\n", [("duplicate-key", ("z", "a"), "a", "", 1)]),
    ("x: &x {a: yes}\nz: *x\n", [("trap-value", ("x", "a"), "yes", "the boolean true", 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), NOTES)
def test_notes(text: str, expected: list[tuple[Any, ...]]) -> None:
    assert notes(text) == expected


def test_the_other_choice_among_keys_of_different_type() -> None:
    text = '"80": a\n80: b\n"80": c\n'
    assert read("f", text).documents[0].data == {"80": "c"}
    assert read("f", text, other_choice=True).documents[0].data == {"80": "b"}
    assert read("f", "80: a\n80: b\n", other_choice=True).documents[0].data == {"80": "b"}


def test_documents_before_a_break_are_kept() -> None:
    file = read("f", "a: 1\n---\n---\nb: [\n---\nc: 3\n")
    assert [(document.number, document.data) for document in file.documents] == [(0, {"a": 1}), (1, None)]
    (broken,) = file.broken
    assert (broken.document, broken.span.file, broken.span.line, broken.template) == (2, "f", 5, False)


def test_a_document_whose_nodes_do_not_fit_is_left_out_alone() -> None:
    file = read("f", "a: *x\nb: {c: [1, 2]}\n---\nb: {{ x }}\n---\nc: 3\n")
    assert [(document.number, document.data) for document in file.documents] == [(2, {"c": 3})]
    assert [(broken.document, broken.span.line, broken.template) for broken in file.broken] == [
        (0, 1, True),
        (1, 4, True),
    ]


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


LIMITS = {
    "size": ("a: " + "x" * MAX_SIZE, "16 MiB"),
    "flow depth": (nested(MAX_DEPTH + 1), "levels"),
    "far too deep": ("[" * 100_000, "nest"),
    "block depth": ("- " * (MAX_DEPTH + 1), "levels"),
    "depth through aliases": (
        "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, MAX_DEPTH + 2)),
        "levels",
    ),
    "laughs": (laughs(9), "aliases"),
    "merged laughs": (
        "a0: &a0 {k: [" + ", ".join("x" * 100) + "]}\n"
        + "\n".join(f"a{n}: &a{n} {{p: *a{n - 1}, q: *a{n - 1}, <<: *a{n - 1}}}" for n in range(1, 40)),
        "aliases",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits(name: str) -> None:
    text, words = LIMITS[name]
    (broken,) = read("f", text).broken
    assert words in broken.message


@pytest.mark.parametrize("text", ["[" + "a," * 11 + "]", "{" + "a: {}, " * 6 + "}", "a: &a [x, x, x]\nb: *a\nc: *a\n"])
def test_limit_of_nodes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not read("f", text).broken
    monkeypatch.setattr("hydrogitops.source.building.MAX_NODES", 10)
    (broken,) = read("f", text).broken
    assert "nodes" in broken.message


def test_the_node_that_is_too_many_is_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hydrogitops.source.building.MAX_NODES", 4)
    (broken,) = read("f", "a: b\nc: d\n").broken
    assert (broken.span.line, broken.span.column) == (2, 1)


def test_what_is_within_the_limits() -> None:
    data = load(nested(MAX_DEPTH))
    for _ in range(MAX_DEPTH - 1):
        assert isinstance(data, list)
        (data,) = data
    assert data == []
    assert len(str(load(laughs(3)))) > 1_000


def test_an_expanded_alias_is_a_copy() -> None:
    data = load("a: &a {x: [1]}\nb: *a\n")
    assert isinstance(data, dict)
    data["b"]["x"].append(2)
    assert data["a"] == {"x": [1]}


BYTES = [
    (b"a: \xc3\xa9\n", {"a": "é"}, None),
    (b"\xef\xbb\xbfa: 1\r\n", {"a": 1}, None),
    (b"a: 1\nb: \xff\n", None, (2, 4)),
    ("a: 1\n".encode("utf-16"), None, (1, 1)),
    (b"x" * (MAX_SIZE + 1), None, (1, 1)),
]


@pytest.mark.parametrize(("content", "data", "place"), BYTES)
def test_read_bytes(content: bytes, data: object, place: tuple[int, int] | None) -> None:
    file = read_bytes("f", content)
    if place is None:
        assert file.documents[0].data == data
        assert not file.broken
    else:
        assert not file.documents
        assert (file.broken[0].span.line, file.broken[0].span.column) == place


def test_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaml.__with_libyaml__", False)
    for text, data in DATA:
        if "\n---" not in text and "{a:b" not in text:
            assert load(text) == data
    for text, line, _, _ in REFUSED:
        if line is not None:
            with pytest.raises(SourceError):
                load(text)
    assert type(pure_event_source("a: 1").get_event()).__name__ == "StreamStartEvent"
    with pytest.raises(SourceError):
        load('a: "\\UFFFFFFFF"\n')


@pytest.mark.parametrize("text", ['<<: {a: b, 80: c, "80": d}\n', '<<:\n- {80: c, "80": d}\n- {a: b}\n'])
def test_keys_of_two_types_in_a_map_that_is_merged_are_told_once(text: str) -> None:
    (document,) = read("f", text).documents
    assert [(note.kind, note.path[-1]) for note in document.notes] == [("duplicate-key", "80")]

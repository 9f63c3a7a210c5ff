"""Words of option texts, as the way to the VM makes them."""

from __future__ import annotations

import pytest

from hydrogitops.jvm.words import split_arguments, split_variable

NAME = "JAVA_TOOL_OPTIONS"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  \t\n ", []),
        ("-Xmx1g", [("-Xmx1g", "-Xmx1g")]),
        (" -Xmx1g\n\t-Xss1m ", [("-Xmx1g", "-Xmx1g"), ("-Xss1m", "-Xss1m")]),
        # An unquoted variable: quotes and backslashes are signs like others, and only blank, tab, newline part words.
        ("\"-Xmx1g\" '-Xss1m'", [('"-Xmx1g"', '"-Xmx1g"'), ("'-Xss1m'", "'-Xss1m'")]),
        ('-Da="b c"', [('-Da="b', '-Da="b'), ('c"', 'c"')]),
        ("-Da=b\\ c", [("-Da=b\\", "-Da=b\\"), ("c", "c")]),
        ("-Xmx1g\r-Xss1m", [("-Xmx1g\r-Xss1m", "-Xmx1g\r-Xss1m")]),
        ("-Xmx1g\u00a0-Xss1m", [("-Xmx1g\u00a0-Xss1m", "-Xmx1g\u00a0-Xss1m")]),
    ],
)
def test_an_unquoted_shell_variable(text: str, words: list[tuple[str, str]]) -> None:
    found = split_arguments(text)
    assert [(word.text, text[word.start : word.end]) for word in found.words] == words
    assert {word.source for word in found.words} <= {"args"}
    assert found.open_quote is None


def test_arguments_are_words_already() -> None:
    arguments = ["-Xmx1g", "", "-Da=b c", '"-Xss1m"']
    found = split_arguments(arguments)
    assert [word.text for word in found.words] == arguments
    text = " ".join(arguments)
    assert [text[word.start : word.end] for word in found.words] == arguments


@pytest.mark.parametrize(
    ("text", "words", "open_quote"),
    [
        ("", [], None),
        ("-Xmx1g\r-Xss1m\v-Xms1g\f-ea", [("-Xmx1g", "-Xmx1g"), ("-Xss1m",) * 2, ("-Xms1g",) * 2, ("-ea",) * 2], None),
        ('"-Xmx1g"', [("-Xmx1g", '"-Xmx1g"')], None),
        ('-Da="b c" -ea', [("-Da=b c", '-Da="b c"'), ("-ea", "-ea")], None),
        ("-Da='b \"c'", [('-Da=b "c', "-Da='b \"c'")], None),
        ('-Da="it\'s"x', [("-Da=it'sx", '-Da="it\'s"x')], None),
        ('-Da=""', [("-Da=", '-Da=""')], None),
        ('"" -ea', [("", '""'), ("-ea", "-ea")], None),
        ("-Da=b\\ c", [("-Da=b\\", "-Da=b\\"), ("c", "c")], None),
        ('-Da=\\"b\\"', [("-Da=\\b\\", '-Da=\\"b\\"')], None),
        ("-Da='b\nc'", [("-Da=b\nc", "-Da='b\nc'")], None),
        ('-Xmx1g "-Xss1m -ea', [("-Xmx1g", "-Xmx1g")], 7),
        ("-Xmx1g 'a' -Db='c", [("-Xmx1g", "-Xmx1g"), ("a", "'a'")], 15),
        ("-Da='b\"c' -Db=\"'", [('-Da=b"c', "-Da='b\"c'")], 14),
        ("-Da=it's", [], 6),
        # A no-break space parts nothing.
        ("-Xmx1g\u00a0-ea", [("-Xmx1g\u00a0-ea", "-Xmx1g\u00a0-ea")], None),
    ],
)
def test_a_variable_that_the_vm_reads(text: str, words: list[tuple[str, str]], open_quote: int | None) -> None:
    found = split_variable(text, NAME)
    assert [(word.text, text[word.start : word.end]) for word in found.words] == words
    assert {word.source for word in found.words} <= {NAME}
    assert found.open_quote == open_quote


def test_a_long_text_takes_no_time() -> None:
    text = "'\"" * 50_000
    assert split_variable(text + "'", NAME).open_quote is not None

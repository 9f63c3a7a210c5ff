"""What engines print of a failure: the words stay, and what they print of files goes."""

from __future__ import annotations

import pytest

from hydrogitops.charts.printed import LONGEST, clean

PRINTED = {
    # kubectl kustomize 1.36 on a Secret with the key `1`.
    "object": (
        'map[string]interface {}{"kind":"Secret", "stringData":map[interface {}]interface {}{1:"hunter2}\\""},'
        ' "x":[]interface {}{"hunter2"}}: json: unsupported type: map[interface {}]interface {}',
        "an object: json: unsupported type: map[interface {}]interface {}",
    ),
    "annotations": (
        "missing metadata.name in object {{v1 Secret} {{ ml} map[] map[a:hunter2 b:{hunter2}]}}: x",
        "missing metadata.name in object {{v1 Secret} {{ ml} map[] an object}}: x",
    ),
    "patch": (
        "trouble configuring builtin PatchTransformer with config: `\npatch: |\n  a: hunter2`x\n`: unable to parse SM or"
        ' JSON patch from [patch: "hunter2]"]',
        "trouble configuring builtin PatchTransformer: unable to parse SM or JSON patch",
    ),
    "literal": (
        "loading KV pairs: literal sources [a=b hunter2]: invalid literal source hunter2, expected key=value",
        "loading KV pairs: a literal of a generator is not KEY=VALUE",
    ),
    "unmarshal": (
        "yaml: unmarshal errors:\n  line 4: cannot unmarshal !!str `hunter2` into map[string]string",
        "yaml: unmarshal errors:\nline 4: cannot unmarshal !!str into map[string]string",
    ),
    "key": ('env source files: [x]: "hunter2 \\"x" is not a valid key name: y', "env source files: [x]: it is not a valid key name: y"),
    "node": (
        "could not merge values: wrong node kind: expected ScalarNode but got MappingNode: node contents:\nhunter2: 1\n",
        "could not merge values: wrong node kind: expected ScalarNode but got MappingNode",
    ),
    "anchor": ("yaml: unknown anchor 'hunter2' referenced in File: s.yaml", "yaml: unknown anchor in File: s.yaml"),
    "bytes": ("line 3 has invalid utf8 bytes : hunter2\nhere", "line 3 has invalid utf8 bytes\nhere"),
    "pattern": ("- at '/password': 'hunter2' does not match pattern '^x$'", "- at '/password': it does not match pattern '^x$'"),
    "number": ('strconv.Atoi: parsing "hunter2": invalid syntax', "strconv.Atoi: parsing it: invalid syntax"),
    "warnings": (
        "# Warning: 'bases' is deprecated. Please use 'resources' instead.\n"
        "# Warning: 'vars' is deprecated.\nerror: no such key\n",
        "no such key",
    ),
    "open": ('map[string]interface {}{"a":"hunter2', "an object"),
}  # fmt: skip


@pytest.mark.parametrize(("printed", "told"), PRINTED.values(), ids=PRINTED)
def test_nothing_of_a_file_is_told(printed: str, told: str) -> None:
    assert clean(printed, {}) == told


def test_what_says_why_stays() -> None:
    message = 'add operation does not apply: doc is missing path: "/spec/x": missing value'
    assert clean(f"error: {message}", {}) == message
    assert clean("accumulating '/run/a/b.yaml': no such file", {"/run/a": ""}) == "accumulating 'b.yaml': no such file"


def test_a_long_message_is_cut_in_the_middle() -> None:
    found = clean("a" * LONGEST + "z" * LONGEST, {})
    assert found == f"{'a' * (LONGEST // 2)} … {'z' * (LONGEST // 2)}"

"""Templates of SealedSecrets: which keys they name for certain, and what Go's parser refuses."""

from __future__ import annotations

import pytest

from hydrogitops.secrets.templates import read


def named(text: str) -> list[str]:
    return [".".join(use.keys) for use in read(text).uses if not use.tolerated or len(use.keys) > 1]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("no action at all", []),
        ("{{ .user }}:{{.pass}}", ["user", "pass"]),
        ("{{- .user -}}", ["user"]),
        ("{{ $.user }}", ["user"]),
        ('{{ index . "a-b" }}', ["a-b"]),
        ('{{ index $ "a-b" }}', ["a-b"]),
        ("{{ index . `a-b` }}", ["a-b"]),
        ('{{ (index . "a-b") | b64enc }}', ["a-b"]),
        ('{{ printf "%s:%s" .user .pass }}', ["user", "pass"]),
        ("{{ .user | b64enc | quote }}", ["user"]),
        ("{{ b64enc .user }}", ["user"]),
        ("{{ (b64enc .user) }}", ["user"]),
        ("{{ .tls.crt }}", ["tls.crt"]),
        ("{{ if .a.b }}{{ end }}", ["a.b"]),
        # What takes care of an absent key, and conditions.
        ('{{ .user | default "x" }}', []),
        ('{{ default "x" .user }}', []),
        ("{{ coalesce .user .name }}", []),
        ("{{ if .user }}{{ .user }}{{ end }}", []),
        ("{{ if .user }}{{ .pass }}{{ end }}", ["pass"]),
        ("{{ if .user }}{{ else }}{{ .user }}{{ .pass }}{{ end }}", ["pass"]),
        ('{{ if hasKey . "user" }}{{ .user }}{{ end }}', []),
        ("{{ if .a }}{{ else if .b }}{{ .b }}{{ end }}{{ .b }}", ["b"]),
        # Where the dot is something else, or nobody knows.
        ("{{ range .users }}{{ .name }}{{ $.pass }}{{ end }}", ["pass"]),
        ("{{ range $k, $v := . }}{{ $k }}={{ $v }}{{ end }}", []),
        ("{{ with .user }}{{ .name }}{{ else }}{{ .pass }}{{ end }}", ["pass"]),
        ("{{ with .user }}{{ if .x }}{{ .name }}{{ end }}{{ end }}{{ .pass }}", ["pass"]),
        ("{{ if .a }}{{ else with .b }}{{ .c }}{{ end }}", []),
        ('{{ define "t" }}{{ .x }}{{ $.y }}{{ end }}{{ template "t" .z }}{{ .user }}', ["user"]),
        # A variable holds what was put into it until it is printed.
        ("{{ $u := .user }}{{ $u }}{{ $u }}", ["user"]),
        ("{{ $u := .user }}{{ $u.name }}", ["user"]),
        ("{{ $u := .user }}{{ $v := $u }}{{ $v | quote }}", ["user"]),
        ("{{ $u := .a }}{{ $u = .b }}{{ $u }}", ["b"]),
        ("{{ $u := .user.name }}", ["user.name"]),
        ("{{ $u := .user }}", []),
        ("{{ $u := .user }}{{ if $u }}{{ $u }}{{ end }}", []),
        ('{{ $u := .user }}{{ $u | default "x" }}', []),
        ('{{ $u := .user | default "x" }}{{ $u }}', []),
        ('{{ (index . "user").name }}', ["user"]),
        ('{{ range .users }}{{ index . "name" }}{{ index $ "pass" }}{{ end }}', ["pass"]),
        ('{{ define "t" }}{{ index . "x" }}{{ index $ "y" }}{{ end }}', []),
        ('{{ template "t" .x.y }}', ["x.y"]),
        # Texts and comments are no names.
        ("{{/* {{ .user }} */}}", []),
        ("{{- /* .user */ -}}", []),
        ('{{ ".user" }}', []),
        ("{{ `{{ .user }}` }}{{ .pass }}", ["pass"]),
        ("{{ '.' }}{{ 1.5 }}{{ -1 }}", []),
    ],
)
def test_names(text: str, names: list[str]) -> None:
    template = read(text)
    assert template.refusals == ()
    assert named(text) == names


@pytest.mark.parametrize("text", ["{{ .user }}", 'x {{ index . "a-b" }}', "{{ $.user }} y", "é {{ .user }}"])
def test_the_offsets_are_those_of_the_name(text: str) -> None:
    (use,) = read(text).uses
    assert text[use.start : use.end] in (".user", "$.user", 'index . "a-b"')


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("{{ .a-b }}", "dash", "a-b"),
        ("{{ $.a-b }}", "dash", "a-b"),
        ("{{ .tls.my-key }}", "dash", "tls.my-key"),
        ("{{.db-user-name}}", "dash", "db-user-name"),
        ('{{ env "HOME" }}', "function", "env"),
        ("{{ .a | expandenv }}", "function", "expandenv"),
        ('{{ if .a }}{{ getHostByName "x" }}{{ end }}', "function", "getHostByName"),
        ("{{ toYaml . }}", "function", "toYaml"),
        ("{{ .a-}}", "syntax", ""),
        ("{{ .a/b }}", "syntax", ""),
        ("{{ .a", "syntax", ""),
        ('{{ "a }}', "syntax", ""),
        ("{{ `a }}", "syntax", ""),
        ("{{ }}", "syntax", ""),
        ("{{ end }}", "syntax", ""),
        ("{{ else }}", "syntax", ""),
        ("{{ if .a }}x", "syntax", ""),
        ("{{ if }}x{{ end }}", "syntax", ""),
        ("{{ (.a }}", "syntax", ""),
        ("{{ .a) }}", "syntax", ""),
        ("{{/* a }}", "syntax", ""),
        ("{{/* a */ .b }}", "syntax", ""),
        ("{{ {{ .a }} }}", "syntax", ""),
    ],
)
def test_refusals(text: str, kind: str, what: str) -> None:
    (refusal,) = read(text).refusals
    assert refusal.kind == kind
    assert what in refusal.text


def test_after_a_dash_the_rest_is_read_and_after_other_mistakes_it_is_not() -> None:
    assert named("{{ .a-b }}{{ .user }}") == ["user"]
    assert named("{{ .a/b }}{{ .user }}") == []


def test_a_dash_apart_from_the_name_is_none() -> None:
    assert read("{{ .a -}} x {{- .b }}").refusals == ()


def test_what_a_refusal_says_holds_nothing_of_the_action() -> None:
    (refusal,) = read("{{ hunter2! }}").refusals
    assert "hunter2" not in refusal.text


def test_literals_are_the_text_around_and_the_texts_between_quotes() -> None:
    assert read('user={{ .u }};{{ printf "pw=%s" .p }}').literals == ("user=...;...", "pw=...")


def test_a_long_text_is_read_in_time_that_grows_as_its_length() -> None:
    text = "{{ .user }} " * 20_000
    assert len(read(text).uses) == 20_000
    assert read("{{" * 50_000).refusals
    assert read("{{ " + "(" * 50_000).refusals

"""The report for people, compared whole."""

from __future__ import annotations

import io
from typing import Any

import pytest

from hydrogitops.model import Finding, RelatedPlace, Report, Unseen
from hydrogitops.report import text

from .samples import BASE, CHART_GAP, FILES, HEAP, finding, report


def written(what: Report, files: dict[str, str] | None = None, **options: Any) -> str:
    stream = io.StringIO()
    text.write(what, stream, sources=(FILES if files is None else files).get, **options)
    return stream.getvalue()


def shown(one: Finding, files: dict[str, str], **options: Any) -> str:
    """The lines about one finding, without its first and last."""
    return "\n".join(written(report(one), files, quiet=True, **options).splitlines()[1:]).rstrip("\n")


def test_a_finding_with_cause_and_way_out() -> None:
    assert written(report(HEAP)) == (
        """\
error[jvm/heap-over-limit]: sonar asks for 2048Mi of heap in a 2Gi container (prod, staging)
  --> apps/hydrosphere/base/values.yaml:41:14
   |
41 |   javaOpts: "-Xmx2048m -Xmn2048m -Xss258k -XX:+AggressiveHeap"
   |              ^^^^^^^^^ heap 2048Mi + about 420Mi outside it > limit 2048Mi
   |
  ::: apps/hydrosphere/envs/prod/values.yaml:18:17
18 |         memory: 2Gi
   |                 --- the limit comes from here
   = fix: lower -Xmx to 1536m, or raise the limit to 2560Mi
   = rule: hydrogitops explain jvm/heap-over-limit

1 error in 3 environments (61 objects, 14 files; nothing left unseen)
"""
    )


def test_what_another_rule_says_of_the_same_place_is_one_line() -> None:
    one = finding(label="set", related=(RelatedPlace(BASE, 41, 14, "so also values/dead: nobody reads it", 41, 23),))
    assert shown(one, FILES).splitlines()[3:] == [
        "   |              ^^^^^^^^^ set",
        "   = note: so also values/dead: nobody reads it",
        "   = rule: hydrogitops explain jvm/heap-over-limit",
    ]


@pytest.mark.parametrize(
    ("environments", "judged", "total", "expected"),
    [
        (("dev", "staging"), ("dev", "prod", "staging"), None, "(dev, staging)"),
        (("dev", "prod", "staging"), ("dev", "prod", "staging"), None, "(all environments)"),
        (("prod",), ("prod",), None, "(prod)"),
        (("dev", "prod"), ("dev", "prod"), 3, "(dev, prod)"),
        ((), ("dev", "prod"), None, "container"),
    ],
)
def test_environments(environments: tuple[str, ...], judged: tuple[str, ...], total: int | None, expected: str) -> None:
    what = report(finding(environments=environments), environments=judged)
    assert written(what, environments_total=total).splitlines()[0].endswith(expected)


def test_worst_first_and_otherwise_in_the_order_of_the_report() -> None:
    severities = ("info", "error", "warning", "error")
    findings = [finding(f"a/{at}", severity=severity) for at, severity in enumerate(severities)]
    heads = [line.split("]")[0] for line in written(report(*findings)).splitlines() if line.endswith("staging)")]
    assert heads == ["error[a/1", "error[a/3", "warning[a/2", "info[a/0"]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (report(), "no findings in 3 environments (61 objects, 14 files; nothing left unseen)"),
        (
            report(finding(severity="warning"), environments=("plain",), objects=1, files=1),
            "1 warning in 1 environment (1 object, 1 file; nothing left unseen)",
        ),
        (
            report(finding(), finding(), finding(severity="info"), not_seen=(CHART_GAP,)),
            "2 errors, 1 info in 3 environments (61 objects, 14 files; 1 part not seen)",
        ),
        (
            report(finding(suppressed={"by": "comment", "reason": "known"})),
            "no findings in 3 environments (61 objects, 14 files; nothing left unseen; 1 suppressed)",
        ),
        (report(environments=(), objects=0, files=0), "no findings (0 objects, 0 files; nothing left unseen)"),
    ],
)
def test_the_closing_line(what: Report, expected: str) -> None:
    assert written(what).splitlines()[-1] == expected


def test_what_was_not_seen_and_what_was_assumed_is_said_once() -> None:
    gaps = (CHART_GAP, Unseen("chart serving 3.0.3", "not vendored", "apps/x/kustomization.yaml", "dev"))
    what = report(not_seen=gaps, remarks=("dev has no profile: staging", "dev has no profile: staging"))
    assert written(what).splitlines() == [
        "not seen: chart serving 3.0.3 (apps/x/kustomization.yaml, prod, dev): not vendored",
        "note: dev has no profile: staging",
        "no findings in 3 environments (61 objects, 14 files; 1 part not seen)",
    ]


def test_an_incomplete_job_says_why_once() -> None:
    gap = Unseen("environment prod", "renders to nothing")
    what = report(not_seen=(gap,), incomplete=("environment prod: renders to nothing", "rule a/b stopped"))
    assert written(what).splitlines()[:-1] == [
        "error: rule a/b stopped",
        "not seen: environment prod: renders to nothing",
    ]


def test_nothing_to_lint_is_not_a_gap_in_words() -> None:
    what = report(environments=(), objects=0, files=0, not_seen=(Unseen("nothing to lint", "no manifest below x"),))
    assert written(what).splitlines()[0] == "nothing to lint: no manifest below x"


def test_quiet_leaves_findings_and_gaps() -> None:
    what = report(HEAP, remarks=("assumed",), not_seen=(CHART_GAP,))
    lines = written(what, quiet=True).splitlines()
    assert lines[0].startswith("error[") and lines[-1].startswith("not seen: ")
    assert written(report(remarks=("assumed",)), quiet=True) == ""


def test_a_file_that_cannot_be_read_keeps_place_and_label() -> None:
    one = finding(file="gone.yaml", at=(7, 1, 7, 2), label="named here")
    assert shown(one, {}) == (
        " --> gone.yaml:7:1\n  = note: named here\n  = rule: hydrogitops explain jvm/heap-over-limit"
    )


def test_a_finding_without_a_file_has_no_arrow() -> None:
    assert shown(finding(file="", at=(1, 1, 1, 1)), {}) == "  = rule: hydrogitops explain jvm/heap-over-limit"


def test_what_goes_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    one = finding(file="a", at=(1, 4, 3, 5))
    assert shown(one, {"a": "a: >-\n  x\n  y z\n"}).splitlines()[2:4] == ["1 | a: >-", "  |    ^^"]


def test_a_related_place_of_unknown_width_gets_one_dash_and_the_gutter_fits_all() -> None:
    one = finding(file="a", at=(1, 1, 1, 2), related=(RelatedPlace("a", 100, 1, "here"),))
    assert shown(one, {"a": "x\n" * 100}).splitlines()[:-1] == [
        "   --> a:1:1",
        "    |",
        "  1 | x",
        "    | ^",
        "    |",
        "   ::: a:100:1",
        "100 | x",
        "    | - here",
    ]


def test_messages_cannot_drive_the_terminal() -> None:
    one = finding(message="a\nb \x1b[2J\u202etxt.exe", file="")
    assert written(report(one), quiet=True).splitlines()[0] == (
        "error[jvm/heap-over-limit]: a b \ufffd[2J\ufffdtxt.exe (prod, staging)"
    )


SECRETS = {
    "plain": ("password: hunter2\n", (1, 11, 1, 18)),
    "quoted": ('  - token: "hunter2"  # hunter2\n', (1, 12, 1, 21)),
    "key": ("data: {a: hunter2, b: hunter2}\n", (1, 1, 1, 5)),
    "flow": ("{a: hunter2, b: hunter2}\n", (1, 5, 1, 12)),
    "bare": ("    hunter2hunter2\n", (1, 5, 1, 19)),
    "word": ("value: x hunter2 y\n", (1, 10, 1, 17)),
    "block": ("a: |\n  hunter2\n", (1, 4, 2, 10)),
}


@pytest.mark.parametrize(("content", "at"), SECRETS.values(), ids=SECRETS)
def test_a_secret_is_never_shown(content: str, at: tuple[int, int, int, int]) -> None:
    place = RelatedPlace("a", at[0], at[1], "again", at[2], at[3])
    one = finding("secrets/plaintext-in-values", file="a", at=at, related=(place,))
    assert "hunter2" not in shown(one, {"a": content})


def test_a_rule_on_names_shows_the_name_and_nothing_beside_it() -> None:
    one = finding("secrets/renamed-by-overlay", file="a", at=(1, 13, 1, 18))
    assert "namePrefix: prod-" in shown(one, {"a": "namePrefix: prod-\n"})
    flow = finding("secrets/template-name", file="a", at=(1, 8, 1, 10))
    assert "hunter2" not in shown(flow, {"a": "{name: db, pin: hunter2}\n"})
    assert "hunter2" not in shown(flow, {"a": "password: hunter2\n"})


@pytest.mark.parametrize("kind", ["kind: Secret\n", 'kind: "Secret"  # x\n', "{kind: Secret,\n", '"kind": Secret\r\n'])
def test_a_line_of_a_plain_secret_is_hidden_whatever_rule_points_at_it(kind: str) -> None:
    content = f"a: shown\n---\n{kind}stringData: {{a: 'hunter2}}\n\tb: hunter2\n---\nkind: SecretStore\nb: shown\n"
    for number in (4, 5):
        page = shown(finding("repo/yaml", file="a", at=(number, 2, number, 3)), {"a": content})
        assert "hunter2" not in page and "•" in page
    last = content.partition("---\nkind: SecretStore")[0].rstrip("\n")
    assert "hunter2" not in shown(finding("repo/yaml", file="a", at=(5, 2, 5, 3)), {"a": last})
    for number, line in ((1, "a: shown"), (8, "b: shown")):
        assert line in shown(finding("repo/yaml", file="a", at=(number, 1, number, 2)), {"a": content})


def test_the_length_of_a_secret_is_not_shown_either() -> None:
    pages = {
        shown(finding("secrets/plain-secret", file="a", at=(1, 4, 1, 4 + size)), {"a": f"a: {'x' * size}"})
        for size in (1, 8, 90)
    }
    assert len(pages) == 1


def test_colour_is_the_same_text_with_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    import re

    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    what = report(HEAP, finding(file=BASE, message="[red]not markup[/red] :smile: " + "x" * 200))
    colored = written(what, color=True)
    assert "\x1b[1;31merror[jvm/heap-over-limit]" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == written(what)

"""JVMs of containers in repositories: what is certain is judged, what nobody sees is told, and no heap is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.linter import policies
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Finding
from tests.golden.trees import write
from tests.unit.linter.small import judge, place, told

CONFIGURATION = """\
version: 1
environments:
  plain: {profile: production, kubernetes: "1.34"}
images:
  - {match: "j17*", jdk: 17}
  - {match: "j8", jdk: 8}
  - {match: "app", jdk: 17, variables: [JAVA_OPTS]}
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: p, namespace: app}}
spec:
  containers:
    - name: main
      image: {image}
{fields}
      resources: {{requests: {{cpu: "2", memory: 2Gi}}, limits: {{memory: 2Gi}}}}
"""
CONFIGMAP = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: opts, namespace: app}
data:
  JAVA_TOOL_OPTIONS: -Xmx8g -XX:+UseG1GC
"""
FILE, MAP = "pod.yaml", "map.yaml"
NOT_SEEN = "lint/not-seen"
RULES = [name for name in policies.load() if name.startswith("jvm/")]


def files(image: str, fields: str) -> dict[str, str]:
    lines = "\n".join(f"      {line}" for line in fields.splitlines())
    return {".hydrogitops.yaml": CONFIGURATION, FILE: POD.format(image=image, fields=lines), MAP: CONFIGMAP}


def found(root: Path, image: str, fields: str) -> list[tuple[str, str, str, int, int]]:
    return told(judge(root, files(image, fields), [*RULES, NOT_SEEN]))


OVER = "jvm/heap-over-limit"
CASES = [
    # What is certain: rule, file, word.
    ("j17", 'command: [java]\nargs: ["-Xmx$(HEAP)"]\nenv: [{name: HEAP, value: 4g}]', (OVER, FILE, '"-Xmx$(HEAP)"')),
    ("j17", 'command: [java]\nargs: ["$(OPTS)"]\nenv: [{name: OPTS, value: -Xmx4g}]', (OVER, FILE, "-Xmx4g")),
    ("j17", 'command: [sh, -c, "java -ea -Xmx8g -jar /a.jar"]', (OVER, FILE, "-Xmx8g")),
    ("j17", 'command: [/sbin/tini, --, java, -Xmx8g, -jar, a.jar]', (OVER, FILE, "-Xmx8g")),
    ("j17", 'command: [sh, -c, "exec java $JAVA_OPTS -jar a.jar"]\nenv: [{name: JAVA_OPTS, value: -ea -Xmx8g}]',
     (OVER, FILE, "-Xmx8g")),
    ("j17", "args: [-Xmx8g, -jar, a.jar]", (OVER, FILE, "-Xmx8g")),
    ("j17", "envFrom: [{configMapRef: {name: opts}}]", (OVER, MAP, "-Xmx8g")),
    ("j17", "env: [{name: JAVA_TOOL_OPTIONS, valueFrom: {configMapKeyRef: {name: opts, key: JAVA_TOOL_OPTIONS}}}]",
     (OVER, MAP, "-Xmx8g")),
    ("j17", 'env: [{name: JAVA_TOOL_OPTIONS, value: "-ea -Xmx8g"}]', (OVER, FILE, "-Xmx8g")),
    ("j17", 'env: [{name: JAVA_TOOL_OPTIONS, value: "$(A) -ea"}, {name: A, value: -Xmx8g}]',
     ("jvm/quoting", FILE, "$(A)")),
    ("j17", 'command: [sh, -c, "java @/opts -Xmx1Gi -jar a.jar"]', ("jvm/size-syntax", FILE, "-Xmx1Gi")),
    ("j17", "command: [java, -Xmx1200m, -XX:+UseG1GC, -jar, a.jar]\nenv: [{name: JAVA_OPTS, value: -Xmx1g}]",
     ("jvm/variable-unread", FILE, "-Xmx1g")),
    ("eclipse-temurin:17", "command: [java, -Xmx8g, -jar, a.jar]", (OVER, FILE, "-Xmx8g")),
    ("app", "env: [{name: JAVA_OPTS, value: -Xmx8g}]", (OVER, FILE, "-Xmx8g")),
    ("app", "env: [{name: JAVA_OPTS, value: -XX:+UseG1GC}, {name: CATALINA_OPTS, value: -Xmx1g}]",
     ("jvm/variable-unread", FILE, "-Xmx1g")),
    ("j17", "command: [java, -XX:+UseG1GC, -jar, a.jar]", ("jvm/heap-waste", FILE, "2Gi}}")),
    # What nobody sees: no heap is stated, and a gap is told.
    ("j17", "env: []", (NOT_SEEN, FILE, "j17")),
    ("j17", "command: [/entrypoint.sh]", (NOT_SEEN, FILE, "j17")),
    ("j17", 'command: [java, "@/opts", -jar, a.jar]', (NOT_SEEN, FILE, "j17")),
    ("j17", "command: [java, -jar, a.jar]\nenvFrom: [{secretRef: {name: absent}}]", (NOT_SEEN, FILE, "j17")),
    ("j17", "command: [java, -Xmx8g]\nenv: [{name: _JAVA_OPTIONS, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
     (NOT_SEEN, FILE, "j17")),
    ("j17", "env: [{name: CATALINA_OPTS, value: -Xmx1500m}]", (NOT_SEEN, FILE, "j17")),
    ("j8", "command: [java, -jar, a.jar]\nenvFrom: [{secretRef: {name: absent}}]", (NOT_SEEN, FILE, "j8")),
    ("nginx", "env: [{name: JAVA_OPTS, value: -ea}]", (NOT_SEEN, FILE, "nginx")),
]  # fmt: skip


@pytest.mark.parametrize(("image", "fields", "expected"), CASES, ids=[f"{i} {f}" for i, f, _ in CASES])
def test_one_finding_at_its_word(image: str, fields: str, expected: tuple[str, str, str], tmp_path: Path) -> None:
    rule, file, word = expected
    text = files(image, fields)[file]
    ((name, _, where, line, column),) = found(tmp_path, image, fields)
    assert (name, where, line, column) == (rule, file, *place(text, word))


SILENT = [
    ("j17", "command: [sleep, '3600']"),
    ("j17", "command: [java, -Xmx1200m, -XX:+UseG1GC, -jar, a.jar]"),
    ("j17", 'command: [sh, -c, "java -Xmx1200m -XX:+UseG1GC -Dh=$HOSTNAME -jar a.jar"]'),
    ("j17", "command: [java, -Xmx1200m, -XX:+UseG1GC]\nenvFrom: [{secretRef: {name: absent}}]"),
    ("j17", "env: [{name: JAVA_TOOL_OPTIONS, value: -Xmx1200m}]"),
    ("nginx", "command: [/entrypoint.sh]"),
]


@pytest.mark.parametrize(("image", "fields"), SILENT)
def test_nothing_to_say(image: str, fields: str, tmp_path: Path) -> None:
    assert found(tmp_path, image, fields) == []


def test_an_exit_speaks_before_what_nobody_reads(tmp_path: Path) -> None:
    fields = "env: [{name: JAVA_OPTS, value: $(JAVE_OPS)}, {name: JAVE_OPTS, value: -Xmx1g}]"
    write(tmp_path, files("app", fields))
    both = frozenset({"jvm/quoting", "jvm/variable-unread"})

    def judged(only: frozenset[str]) -> tuple[Finding, ...]:
        return cached_run([tmp_path], Options(only=only, render=False), use=False).report.findings

    (one,) = judged(both)
    assert one.rule == "jvm/quoting"
    assert any("jvm/variable-unread" in related.message for related in one.related)
    assert [two.rule for two in judged(frozenset({"jvm/variable-unread"}))] == ["jvm/variable-unread"]


def test_a_gap_is_told_once_for_an_image(tmp_path: Path) -> None:
    tree = files("j17", "env: []")
    tree["second.yaml"] = tree[FILE].replace("name: p,", "name: q,")
    names = [one.rule for one in judge(tmp_path, tree, [*RULES, NOT_SEEN])]
    assert names == [NOT_SEEN]

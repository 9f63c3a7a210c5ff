"""What a container starts, and what of its options is known."""

from __future__ import annotations

from typing import Any

import pytest

from hydrogitops.charts.java_images import java_image
from hydrogitops.charts.launches import DeclaredImage, launcher
from hydrogitops.charts.workloads import workloads
from hydrogitops.model import AppliedObject, Container, JvmLaunch, ObjectRef

DECLARED = (
    DeclaredImage("j17", 17, True, None),
    DeclaredImage("j8", 8, False, None),
    DeclaredImage("app", 17, True, ("JAVA_OPTS",)),
    DeclaredImage("bare", 17, True, ()),
)
GATEWAY = "docker.io/hydrosphere/serving-gateway:3.0.3"


def applied(kind: str, name: str, **fields: Any) -> AppliedObject:
    version = "bitnami.com/v1alpha1" if kind == "SealedSecret" else "v1"
    return AppliedObject(ObjectRef(kind, "", name, version), {"kind": kind, **fields})


BESIDE = (
    applied("ConfigMap", "opts", data={"JAVA_TOOL_OPTIONS": "-Xmx3g", "heap": "2g"}),
    applied("SealedSecret", "db", spec={"encryptedData": {"PASSWORD": "AgB"}}),
    applied("Secret", "jvm", stringData={"JAVA_TOOL_OPTIONS": "-Xmx9g"}),
)


def container(**fields: Any) -> Container:
    spec = {"containers": [{"name": "main", "image": "j17", **fields}]}
    pod = AppliedObject(ObjectRef("Pod", "", "p", "v1"), {"kind": "Pod", "spec": spec})
    (found,) = workloads([pod, *BESIDE], launcher(DECLARED), "ns")
    return found.containers[0]


def launch(**fields: Any) -> JvmLaunch | None:
    return container(**fields).launch


def env(**variables: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in variables.items()]


LINES = [
    (["java", "-Xmx8g", "-jar", "a.jar"], ("-Xmx8g",)),
    (["/opt/java/bin/java", "-Xmx8g", "com.example.Main", "-Xmx1g"], ("-Xmx8g",)),
    (["java", "-cp", "/app/*", "-Xmx8g", "Main"], ("-cp", "/app/*", "-Xmx8g")),
    (["java", "-Xmx", "512m", "-jar", "a.jar"], ("-Xmx", "512m")),
    (["java", "$JAVA_OPTS", "-jar", "a.jar"], ("$JAVA_OPTS",)),
    (["/sbin/tini", "-g", "-e", "143", "--", "java", "-Xmx8g"], ("-Xmx8g",)),
    (["dumb-init", "--rewrite", "15:2", "java", "-Xmx8g"], ("-Xmx8g",)),
    (["nice", "-n", "5", "java", "-Xmx8g"], ("-Xmx8g",)),
    (["timeout", "-k", "5", "60", "java", "-Xmx8g"], ("-Xmx8g",)),
    (["gosu", "app", "nohup", "java", "-Xmx8g"], ("-Xmx8g",)),
    (["env", "-u", "X", "A=b", "java", "-Xmx8g"], ("-Xmx8g",)),
    (["sh", "-c", "java -Xmx8g -jar a.jar"], ("-Xmx8g",)),
    (["/bin/bash", "-euo", "pipefail", "-c", "exec java -Xmx8g -jar a.jar"], ("-Xmx8g",)),
    (["sh", "-ec", "cd /app && exec tini -- java -Xmx8g -jar a.jar"], ("-Xmx8g",)),
    (["tini", "--", "sh", "-c", 'exec java "$@"', "--", "-Xmx8g", "-jar", "a.jar"], ("-Xmx8g",)),
    (["sh", "-c", "./wait-for db; exec $JAVA_HOME/bin/java -Xmx8g -jar a.jar > /log 2>&1"], ("-Xmx8g",)),
]


@pytest.mark.parametrize(("command", "options"), LINES, ids=[" ".join(line) for line, _ in LINES])
def test_reads_the_options_of_a_command_line(command: list[str], options: tuple[str, ...]) -> None:
    for fields in ({"command": command}, {"command": command[:1], "args": command[1:]}):
        found = launch(**fields)
        assert found is not None
        assert (found.options, found.unseen, found.closed) == (options, "", True)


OTHERS = [
    ["sleep", "3600"],
    ["sh", "-c", "cd /tmp && ls; sleep 9"],
    ["/usr/bin/env", "A=b", "tail", "-f", "x"],
    ["sh", "-c", "until nc -z db 5432; do echo waiting; sleep 1; done"],
    ["sh", "-c", "for i in 1 2; do if pg_isready -h db >/dev/null 2>&1; then exit 0; fi; done"],
    ["sh", "-c", "while ! curl -s http://x >/dev/null; do sleep $(date +%S); done"],
]


@pytest.mark.parametrize("command", OTHERS, ids=map(" ".join, OTHERS))
def test_another_program_is_no_jvm(command: list[str]) -> None:
    assert launch(command=command, env=env(JAVA_TOOL_OPTIONS="-Xmx8g")) is None


UNCLEAR = [
    ["/entrypoint.sh"],
    ["sh", "/start.sh"],
    ["sh", "-c", "java $(cat /opts) -jar a.jar"],
    ["sh", "-c", "java -Xmx8g -jar a.jar | tee log"],
    ["sh", "-c", "if test -f x; then java -Xmx8g -jar a.jar; fi"],
    ["sh", "-c", "until nc -z db 1; do sleep 1; done; ./run.sh"],
    ["sh", "-c", "test -f x || ./run.sh"],
    ["sh", "-c", "echo $(./run.sh)"],
    ["sh", "-c", ". /env; java $JAVA_OPTS -jar a.jar"],
    ["sh", "-c", "java -jar migrate.jar && java -Xmx8g -jar a.jar"],
    ["env", "-S", "java -Xmx8g"],
]


@pytest.mark.parametrize("command", UNCLEAR, ids=map(" ".join, UNCLEAR))
def test_what_is_not_plain_leaves_the_options_open(command: list[str]) -> None:
    found = launch(command=command)
    assert found is not None
    assert (found.options, found.unseen, found.closed) == ("", "earlier", False)
    assert found.why


HIDDEN = [
    ("earlier", {}),
    ("earlier", {"args": ["--server.port=80"]}),
    ("earlier", {"args": ["-Xmx1g", "-jar", "a.jar"]}),
    ("", {"image": "app", "args": ["--server.port=80"]}),
    ("", {"image": "bare"}),
    ("later", {"command": ["java", "@/opts", "-jar", "a.jar"]}),
    ("later", {"command": ["java", "-Xmx1g", "@/opts", "-jar", "a.jar"]}),
    ("earlier", {"command": ["java", "@/opts", "-Xmx1g", "-jar", "a.jar"]}),
    ("later", {"command": ["java", "@/opts", "-XX:MaxRAMPercentage=50.0", "-jar", "a.jar"]}),
    ("", {"image": "j8", "command": ["java", "@/opts", "-jar", "a.jar"]}),
    ("", {"command": ["java", "@@opts", "-jar", "a.jar"]}),
    ("later", {"command": ["sh", "-c", "java $OPTS -jar a.jar"]}),
    ("earlier", {"command": ["sh", "-c", "java $OPTS -Xmx1g -jar a.jar"]}),
    ("", {"command": ["sh", "-c", "java -Dhost=$HOSTNAME -XX:HeapDumpPath=/d/$HOSTNAME.hprof -jar a.jar"]}),
    ("later", {"command": ["sh", "-c", "java -Xmx$HEAP -jar a.jar"]}),
    ("", {"command": ["java", "-jar"], "envFrom": [{"secretRef": {"name": "db"}}]}),
    ("later", {"command": ["java", "-jar"], "envFrom": [{"secretRef": {"name": "jvm"}}]}),
    ("earlier", {"command": ["java", "-jar"], "envFrom": [{"secretRef": {"name": "absent"}}]}),
    ("", {"command": ["env", "-i", "java", "-jar"], "envFrom": [{"secretRef": {"name": "jvm"}}]}),
]


@pytest.mark.parametrize(("unseen", "fields"), HIDDEN, ids=[str(fields) for _, fields in HIDDEN])
def test_says_where_options_may_be_that_nobody_sees(unseen: str, fields: dict[str, Any]) -> None:
    found = launch(**fields)
    assert found is not None
    assert (found.unseen, bool(found.why)) == (unseen, bool(unseen))


def reference(name: str, **source: Any) -> dict[str, Any]:
    return {"name": name, "valueFrom": source}


TOOL = "JAVA_TOOL_OPTIONS"
REFERENCES: list[tuple[list[dict[str, Any]], str, str]] = [
    ([reference(TOOL, configMapKeyRef={"name": "opts", "key": TOOL})], "-Xmx3g", ""),
    ([reference("H", configMapKeyRef={"name": "opts", "key": "heap"}), *env(**{TOOL: "-Xmx$(H)"})], "-Xmx2g", ""),
    ([reference("M", resourceFieldRef={"resource": "limits.memory", "divisor": "1Mi"}), *env(**{TOOL: "-Xmx$(M)m"})],
     "-Xmx2048m", ""),
    ([reference(TOOL, configMapKeyRef={"name": "opts", "key": "no", "optional": True})], "", ""),
    ([reference(TOOL, configMapKeyRef={"name": "opts", "key": "no"})], "$(JAVA_TOOL_OPTIONS)", "later"),
    ([reference(TOOL, configMapKeyRef={"name": "absent", "key": "a"})], "$(JAVA_TOOL_OPTIONS)", "later"),
    ([reference(TOOL, secretKeyRef={"name": "jvm", "key": TOOL})], "$(JAVA_TOOL_OPTIONS)", "later"),
    ([reference("P", fieldRef={"fieldPath": "metadata.name"}), *env(**{TOOL: "-Dp=$(P) -Xmx1g"})],
     "-Dp=$(P) -Xmx1g", ""),
    ([reference("P", secretKeyRef={"name": "jvm", "key": "x"}), *env(**{TOOL: "-Xmx1g $(P)"})], "-Xmx1g $(P)", "later"),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "text", "unseen"), REFERENCES)
def test_variables_by_reference(variables: list[dict[str, Any]], text: str, unseen: str) -> None:
    found = launch(command=["java", "-jar", "a.jar"], env=variables, resources={"limits": {"memory": "2Gi"}})
    assert found is not None
    assert found.unseen == unseen
    told = found.texts[TOOL].text if TOOL in found.texts else ""
    assert len(told) == len(text)
    # What is not known is never given to the VM as an option.
    assert "Xmx" not in told or told == text or told.startswith("-Xmx1g")


def test_a_value_of_a_configmap_is_placed_there() -> None:
    found = launch(command=["java", "-jar", "a.jar"], envFrom=[{"configMapRef": {"name": "opts"}}])
    assert found is not None
    (piece,) = found.texts[TOOL].pieces
    assert piece.object is not None
    assert (piece.object.kind, piece.path, found.texts[TOOL].text) == ("ConfigMap", ("data", TOOL), "-Xmx3g")


def test_env_wins_over_envfrom_and_commands_over_both() -> None:
    source = [{"configMapRef": {"name": "opts"}}]
    found = launch(command=["java"], envFrom=source, env=env(**{TOOL: "-Xmx1g"}))
    assert found is not None
    assert found.texts[TOOL].text == "-Xmx1g"
    line = ["env", f"{TOOL}=-Xmx7g", "java"]
    found = launch(command=line, envFrom=source, env=env(**{TOOL: "-Xmx1g"}))
    assert found is not None
    assert found.texts[TOOL].text == "-Xmx7g"
    (piece,) = found.texts[TOOL].pieces
    assert line[1][piece.offset :] == "-Xmx7g"
    found = launch(command=["sh", "-c", f'{TOOL}="-Xmx6g" java -jar a.jar'], env=env(**{TOOL: "-Xmx1g"}))
    assert found is not None
    assert found.texts[TOOL].text == "-Xmx6g"
    # A shell's own variable is no variable of what it starts.
    found = launch(command=["sh", "-c", f"{TOOL}=-Xmx6g; java -jar a.jar"])
    assert found is not None
    assert TOOL not in found.texts


EXPANDED = [
    ("-Xmx$(HEAP)", "-Xmx4g"),
    ("$(OPTS)", "-Xmx4g -ea"),
    ("$$(HEAP)", "$(HEAP)"),
    ("$$$(HEAP)", "$4g"),
    ("$(NONE)$(HEAP)", "$(NONE)4g"),
    ("$(NONE$(HEAP))", "$(NONE$(HEAP))"),
    ("$(HEAP", "$(HEAP"),
    ("$HEAP ${HEAP} $", "$HEAP ${HEAP} $"),
    ("$()$$", "$()$"),
]


@pytest.mark.parametrize(("written", "text"), EXPANDED)
def test_expands_variables_in_env_command_and_args(written: str, text: str) -> None:
    known = env(HEAP="4g", OPTS="-Xmx$(HEAP) -ea", **{TOOL: written})
    for fields in ({"command": ["java", written]}, {"command": ["java"], "args": [written]}):
        found = launch(**fields, env=known)
        assert found is not None
        assert found.options == (text,)
        assert found.texts[TOOL].text == text
        assert found.texts["args"].text == text


def test_the_places_of_an_expanded_argument() -> None:
    fields: dict[str, Any] = {"command": ["java"], "args": ["-ea", "-Xmx$(HEAP)"], "env": env(HEAP="4g")}
    found = container(**fields)
    assert found.launch is not None
    text = found.launch.texts["args"]
    places = {text.text[p.start : p.end]: (p.path[len(found.path) :], p.offset) for p in text.pieces}
    assert places == {"-ea": (("args", 0), 0), "-Xmx": (("args", 1), 0), "4g": (("env", 0, "value"), 0)}


def test_an_image_of_a_chart_keeps_its_jdk_whatever_its_command_is() -> None:
    found = launch(image=GATEWAY, command=["java", "-Xmx1g", "-jar", "a.jar"])
    assert found is not None
    assert (found.known, found.jdk, found.options) == (True, 8, ("-Xmx1g",))
    found = launch(image=GATEWAY, command=["/start.sh"], env=env(JAVA_XMX="2G"))
    assert found is not None
    assert (found.options, found.unseen, found.closed) == ("", "earlier", False)
    found = launch(image=GATEWAY, env=env(JAVA_XMX="2G"))
    assert found is not None
    assert (found.options, found.unseen) == ("-Xmx2G -Xms2G", "")


IMAGES = [
    ("eclipse-temurin:17", (17, True)),
    ("docker.io/library/eclipse-temurin:21-jre-alpine", (21, True)),
    ("eclipse-temurin:17.0.9_9-jre", (17, True)),
    ("eclipse-temurin:8", (8, True)),
    ("eclipse-temurin:8u362-b09-jre", (8, False)),
    ("eclipse-temurin:8u372-b07-jre", (8, True)),
    ("openjdk:8-jdk-alpine", (8, False)),
    ("openjdk:11.0.13-jre-slim", (11, False)),
    ("openjdk:11", (11, True)),
    ("public.ecr.aws/amazoncorretto/amazoncorretto:21-al2023", (21, True)),
    ("azul/zulu-openjdk-alpine:17-jre@sha256:" + "0" * 64, (17, True)),
    ("eclipse-temurin", None),
    ("eclipse-temurin:latest", None),
    ("eclipse-temurin:22", None),
    ("registry.example.com/eclipse-temurin:17", None),
    ("nginx:17", None),
    ("openjdk:1.17", None),
]


@pytest.mark.parametrize(("image", "jdk"), IMAGES)
def test_the_tag_of_a_plain_jdk_says_which(image: str, jdk: tuple[int, bool] | None) -> None:
    assert java_image(image) == jdk

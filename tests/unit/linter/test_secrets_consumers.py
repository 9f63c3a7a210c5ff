"""Rules on who reads and who makes a Secret: every kind of reference, every kind of maker."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from hydrogitops.model import Finding
from tests.golden.trees import write

from .sealed import secret, value
from .small import FOLDER, release

MISSING, UNUSED, SAME = (f"secrets/{name}" for name in ("consumer-key-missing", "unused-key", "same-name"))
MARK = "  # here"


def judge(root: Path, files: dict[str, str], *rules: str, render: bool = True) -> tuple[Finding, ...]:
    write(root, files)
    return cached_run([root], Options(only=frozenset(rules), render=render), use=False).report.findings


def marks(files: dict[str, str]) -> list[tuple[str, int]]:
    return [
        (name, number)
        for name in sorted(files)
        for number, text in enumerate(files[name].splitlines(), 1)
        if text.endswith(MARK)
    ]


def places(found: tuple[Finding, ...]) -> list[tuple[str, int]]:
    return [(one.file, one.line) for one in found]


def pod(spec: str, *, namespace: str = "ml", kind: str = "Deployment") -> str:
    """A workload; `spec`: lines of its pod's spec, or of its only container where they begin with `env`."""
    lines = spec.splitlines()
    inside = lines[0].startswith("env")
    start = [f"apiVersion: apps/v1\nkind: {kind}", f"metadata: {{name: scorer, namespace: {namespace}}}"]
    start += ["spec:", "  template:", "    spec:"]
    body = ["      containers:", "        - name: main", *(f"          {one}" for one in lines if inside)]
    return "\n".join([*start, *(f"      {one}" for one in lines if not inside), *body]) + "\n"


def variable(name: str = "db", key: str = "password", more: str = "") -> str:
    return f"env:\n  - name: V\n    valueFrom:\n      secretKeyRef:\n        name: {name}\n        key: {key}\n" + (
        f"        {more}\n" if more else ""
    )


# Missing --------------------------------------------------------------------------------------------------------------

READS: list[tuple[str, str, str]] = [
    ("a variable", pod(variable(key="user" + MARK)), "error"),
    ("a variable of a key that is there", pod(variable()), ""),
    ("an optional variable", pod(variable(key="user", more="optional: true")), ""),
    ("a variable that says it is not optional", pod(variable(key="user" + MARK, more="optional: false")), "error"),
    ("an optional variable of another Secret", pod(variable("x", more="optional: true")), ""),
    ("another Secret", pod(variable("x" + MARK)), "warning"),
    ("an init container", pod("initContainers:\n  - name: i\n    env:\n      - name: V\n        valueFrom:\n          secretKeyRef: {name: db, key: user}" + MARK), "error"),
    ("all of it", pod("envFrom:\n  - secretRef: {name: db}"), ""),
    ("all of another one", pod("envFrom:\n  - secretRef:\n      name: x" + MARK), "warning"),
    ("all of another one, optional", pod("envFrom:\n  - secretRef: {name: x, optional: true}"), ""),
    ("a volume", pod("volumes:\n  - name: v\n    secret: {secretName: db}"), ""),
    ("a volume of another one", pod("volumes:\n  - name: v\n    secret:\n      secretName: x" + MARK), "warning"),
    ("a volume of items", pod("volumes:\n  - name: v\n    secret:\n      secretName: db\n      items:\n        - {key: password, path: p}\n        - {key: user, path: u}" + MARK), "error"),
    ("an optional volume of items", pod("volumes:\n  - name: v\n    secret:\n      secretName: db\n      optional: true\n      items: [{key: user, path: u}]"), ""),
    ("a projected volume", pod("volumes:\n  - name: v\n    projected:\n      sources:\n        - secret:\n            name: db\n            items: [{key: user, path: u}]" + MARK), "error"),
    ("a projected volume of all", pod("volumes:\n  - name: v\n    projected:\n      sources:\n        - secret: {name: db}"), ""),
    ("a driver's own Secret", pod("volumes:\n  - name: v\n    csi: {driver: x, nodePublishSecretRef: {name: x}}"), ""),
    ("pulling images", pod("imagePullSecrets:\n  - name: x" + MARK), "warning"),
    ("pulling images with a Secret that holds no login", pod("imagePullSecrets:\n  - name: db" + MARK), "warning"),
    ("an account that pulls images", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: ml}\nimagePullSecrets:\n  - name: x" + MARK + "\n", "warning"),
    ("an Ingress", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: ml}\nspec: {tls: [{secretName: x}]}\n", ""),
    ("another namespace", pod(variable("db" + MARK), namespace="other"), "warning"),
    ("a stateful set", pod(variable(key="user" + MARK), kind="StatefulSet"), "error"),
]  # fmt: skip


@pytest.mark.parametrize(("reader", "severity"), [case[1:] for case in READS], ids=[case[0] for case in READS])
def test_what_is_read_and_missing(reader: str, severity: str, tmp_path: Path) -> None:
    files = {"a.yaml": reader, "db.yaml": secret()}
    found = judge(tmp_path, files, MISSING)
    assert places(found) == marks(files)
    assert [one.severity for one in found] == [severity] * bool(severity)


EXTERNAL = (
    "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
    "metadata: {{name: {name}, namespace: ml}}\nspec: {{target: {target}, data: []}}\n"
)
CERTIFICATE = (
    "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c, namespace: ml}\nspec: {secretName: db}\n"
)
MAKERS: list[tuple[str, str, bool]] = [
    ("a SealedSecret", secret(keys={"user": value()}), True),
    ("one with another key", secret(), False),
    ("one in another namespace", secret(namespace="x", keys={"user": value()}), False),
    ("its template", secret(template='data: {user: "{{ .password }}"}'), True),
    ("its template that takes a key away", secret(keys={"user": value()}, template="data: {user: null}"), False),
    ("a placeholder", secret(keys={"user": "__UNSEALED__"}), True),
    ("a blob of before", secret().replace("spec:\n", "spec:\n  data: AgA\n"), True),
    ("a Secret", "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: ml}\ndata: {user: eA==}\n", True),
    ("a Secret in clear", "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: ml}\nstringData: {user: x}\n", True),
    ("a Secret with another key", "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: ml}\ndata: {x: eA==}\n", False),
    ("an ExternalSecret", EXTERNAL.format(name="db", target="{}"), True),
    ("an ExternalSecret of another name", EXTERNAL.format(name="x", target="{name: db}"), True),
    ("an ExternalSecret for another one", EXTERNAL.format(name="db", target="{name: x}"), False),
    ("an ExternalSecret that makes none", EXTERNAL.format(name="db", target="{creationPolicy: None}"), False),
    ("an ExternalSecret that adds to it", secret() + "---\n" + EXTERNAL.format(name="db", target="{creationPolicy: Merge}"), True),
    ("a certificate", CERTIFICATE, True),
    ("an operator's resource", "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: pg, namespace: ml}\nspec: {users: {db: []}, secret: db}\n", True),
    ("a resource that only is called so", "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: db, namespace: ml}\n", False),
    ("a ConfigMap that names it", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: ml}\ndata: {secret: db}\n", False),
]  # fmt: skip


@pytest.mark.parametrize(("maker", "made"), [case[1:] for case in MAKERS], ids=[case[0] for case in MAKERS])
def test_what_makes_a_key(maker: str, made: bool, tmp_path: Path) -> None:
    found = judge(tmp_path, {"a.yaml": pod(variable(key="user")), "maker.yaml": maker}, MISSING)
    assert len(found) == (not made)


def test_one_missing_key_is_one_finding_however_many_read_it(tmp_path: Path) -> None:
    two = pod(variable(key="user")).replace("name: scorer", "name: a") + "---\n" + pod(variable(key="user"))
    (found,) = judge(tmp_path, {"a.yaml": two, "db.yaml": secret(keys={"usr": value()})}, MISSING)
    assert "did you mean usr" in found.message
    assert [one.file for one in found.related] == ["db.yaml", "a.yaml"]


def test_a_reference_to_what_is_elsewhere_says_where(tmp_path: Path) -> None:
    (found,) = judge(tmp_path, {"a.yaml": pod(variable()), "db.yaml": secret(namespace="other")}, MISSING)
    assert "in the namespace other" in found.message


@pytest.mark.parametrize(("reader", "maker"), [("", "ml"), ("ml", ""), ("", "")])
def test_a_namespace_that_nobody_states_may_be_any(tmp_path: Path, reader: str, maker: str) -> None:
    files = {"a.yaml": pod(variable(), namespace=reader or '""'), "db.yaml": secret(namespace=maker or '""')}
    assert judge(tmp_path, files, MISSING, UNUSED) == ()


def test_what_the_chart_itself_refers_to_is_told_where_the_secret_would_be_listed(tmp_path: Path) -> None:
    """Once the Secret of the chart is taken away, its templates still read it: no line of a patch says so."""
    files = release("global: {postgres: {enabled: false}, postgresql: {url: db.example.com}}\n")
    patch = "$patch: delete\napiVersion: v1\nkind: Secret\nmetadata: {name: any}\n"
    listed = "kind: Kustomization\nresources:\n  - db.yaml\n"
    files[f"{FOLDER}/kustomization.yaml"] += (
        "resources: [secrets]\npatches:\n  - {path: drop.yaml, target: {kind: Secret, name: hydro-postgresql}}\n"
        "  - {path: more.yaml, target: {kind: Deployment, name: hydro-manager}}\n"
    )
    files |= {
        f"{FOLDER}/drop.yaml": patch,
        f"{FOLDER}/more.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: hydro-manager}\nspec:\n"
        "  template: {spec: {containers: [{name: manager, env: [{name: A, value: b}]}]}}\n",
        f"{FOLDER}/secrets/kustomization.yaml": listed,
        f"{FOLDER}/secrets/db.yaml": secret("other", namespace="hydrosphere"),
    }
    found = [one for one in judge(tmp_path, files, MISSING) if "hydro-postgresql" in one.message]
    assert [(one.file, one.line, one.severity) for one in found] == [
        (f"{FOLDER}/secrets/kustomization.yaml", 2, "error")
    ]


def test_what_is_not_rendered_may_be_made_there(tmp_path: Path) -> None:
    files = {
        "prod/kustomization.yaml": "resources: [a.yaml, db.yaml]\nnamespace: ml\n",
        "prod/a.yaml": pod("envFrom:\n  - secretRef: {name: x}\n" + variable(key="user")),
        "prod/db.yaml": secret(),
    }
    found = judge(tmp_path, files, MISSING, render=False)
    assert [one.message.split(" reads ")[1][:4] for one in found] == ["user"]


def application(name: str, server: str) -> str:
    return (
        f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec:\n"
        f"  source: {{repoURL: https://git.example.com/x.git, path: {name}}}\n"
        f"  destination: {{namespace: ml, server: {server}}}\n"
    )


@pytest.mark.parametrize(
    ("servers", "expected"),
    [(("https://a", "https://a"), 0), (("https://a", "https://b"), 1), (("TODO", "TODO"), 1)],
    ids=["one cluster", "two clusters", "nobody knows"],
)
def test_another_application_makes_it(servers: tuple[str, str], expected: int, tmp_path: Path) -> None:
    files = {
        "apps/one.yaml": application("one", servers[0]),
        "apps/other.yaml": application("other", servers[1]),
        "one/a.yaml": pod(variable()),
        "other/db.yaml": secret(),
    }
    assert len(judge(tmp_path, files, MISSING, UNUSED)) == expected
    options = Options(only=frozenset((MISSING,)), environments=["one"])
    assert len(cached_run([tmp_path], options, use=False).report.findings) == expected


KUSTOMIZATION = "resources: [a.yaml]\n"


def test_what_nothing_refers_to_is_not_applied(tmp_path: Path) -> None:
    files = {"prod/kustomization.yaml": KUSTOMIZATION, "prod/a.yaml": pod(variable()), "prod/db.yaml": secret()}
    (found,) = judge(tmp_path, files, MISSING, render=True)
    assert "prod/db.yaml would make it, but nothing refers to that file" in found.message


def test_what_nothing_refers_to_may_read_what_is_applied(tmp_path: Path) -> None:
    files = {"prod/kustomization.yaml": KUSTOMIZATION, "prod/a.yaml": secret(), "job.yaml": pod(variable(key="user"))}
    (found,) = judge(tmp_path, files, MISSING)
    assert (found.file, found.environments) == ("job.yaml", ("plain",))
    assert "which has password" in found.message


# Unused ---------------------------------------------------------------------------------------------------------------

USES: list[tuple[str, str, dict[str, str], list[str]]] = [
    ("a variable", pod(variable()), {"password": value()}, []),
    ("a variable of another key", pod(variable()), {"password": value(), "user": value(1)}, ["user"]),
    ("an optional variable", pod(variable(more="optional: true")), {"password": value()}, []),
    ("all of it", pod("envFrom:\n  - secretRef: {name: db}"), {"a": value(), "b": value(1)}, []),
    ("a volume", pod("volumes:\n  - {name: v, secret: {secretName: db}}"), {"a": value(), "b": value(1)}, []),
    ("a volume of items", pod("volumes:\n  - {name: v, secret: {secretName: db, items: [{key: a, path: a}]}}"), {"a": value(), "b": value(1)}, ["b"]),
    ("a projected volume", pod("volumes:\n  - {name: v, projected: {sources: [{secret: {name: db, items: [{key: a, path: a}]}}]}}"), {"a": value(), "b": value(1)}, ["b"]),
    ("pulling images", pod("imagePullSecrets: [{name: db}]"), {".dockerconfigjson": value(), "b": value(1)}, ["b"]),
    ("a driver", pod("volumes:\n  - {name: v, csi: {driver: x, nodePublishSecretRef: {name: db}}}"), {"a": value()}, []),
    ("nobody", pod("volumes: []"), {"a": value()}, ["a"]),
    ("another namespace", pod(variable(), namespace="x") + "---\n" + pod("volumes: []").replace("scorer", "b"), {"password": value()}, ["password"]),
    ("no workload is there", "apiVersion: v1\nkind: Namespace\nmetadata: {name: ml}\n", {"a": value()}, []),
    ("an Ingress", pod("volumes: []") + "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: ml}\nspec: {tls: [{secretName: db}]}\n", {"tls.crt": value()}, []),
    ("an account", pod("volumes: []") + "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: ml}\nsecrets: [{name: db}]\n", {"a": value()}, []),
    ("a right to read it", pod("volumes: []") + "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: ml}\nrules: [{apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [db]}]\n", {"a": value()}, []),
    ("an operator", pod("volumes: []") + "---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: s, namespace: ml}\nspec: {endpoints: [{basicAuth: {password: {name: db, key: p}}}]}\n", {"a": value()}, []),
    ("an argument", pod('env: []\nargs: ["--secret=ml/db"]'), {"a": value()}, []),
    ("an argument on a host of that name", pod('env: []\nargs: ["--host=db:5432"]'), {"a": value()}, ["a"]),
    ("a Service of that name", pod("volumes: []") + "---\napiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: ml, labels: {app: db}}\nspec: {selector: {app: db}}\n", {"a": value()}, ["a"]),
]  # fmt: skip


@pytest.mark.parametrize(("readers", "keys", "unused"), [case[1:] for case in USES], ids=[case[0] for case in USES])
def test_a_key_that_nobody_reads(readers: str, keys: dict[str, str], unused: list[str], tmp_path: Path) -> None:
    text = secret(keys=keys)
    found = judge(tmp_path, {"a.yaml": readers, "db.yaml": text}, UNUSED)
    lines = [text[: text.index(f"    {key}: ")].count("\n") + 1 for key in unused]
    assert places(found) == [("db.yaml", line) for line in lines]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("data: {url: 'x:{{ .a }}'}", 0),
        ("data: {url: '{{ index . \"b\" }}'}", 1),
        ("metadata: {labels: {argocd.argoproj.io/secret-type: repository}}", 0),
        ('metadata: {annotations: {replicator.v1.mittwald.de/replicate-to: "x"}}', 0),
        ("metadata: {labels: {app: x}}", 1),
    ],
)
def test_a_key_that_something_else_reads(template: str, expected: int, tmp_path: Path) -> None:
    files = {"a.yaml": pod("volumes: []"), "db.yaml": secret(keys={"a": value()}, template=template)}
    assert len(judge(tmp_path, files, UNUSED)) == expected


# Two makers -----------------------------------------------------------------------------------------------------------

PLAIN = (
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  annotations: {annotations}\n"
)
MANAGED = "sealedsecrets.bitnami.com/managed"
MAKES: list[tuple[str, str, list[int]]] = [
    ("a Secret", PLAIN.format(name="db", namespace="ml", annotations="{}"), [4]),
    ("a Secret of another name", PLAIN.format(name="x", namespace="ml", annotations="{}"), []),
    ("a Secret in another namespace", PLAIN.format(name="db", namespace="x", annotations="{}"), []),
    ("a managed one", PLAIN.format(name="db", namespace="ml", annotations=f'{{{MANAGED}: "true"}}'), []),
    ("one that says it is not", PLAIN.format(name="db", namespace="ml", annotations=f'{{{MANAGED}: "false"}}'), [4]),
    ("an ExternalSecret", EXTERNAL.format(name="db", target="{}"), [3]),
    ("an ExternalSecret for it", EXTERNAL.format(name="x", target="{name: db}"), [4]),
    ("an ExternalSecret for another one", EXTERNAL.format(name="db", target="{name: x}"), []),
    ("an ExternalSecret that adds to it", EXTERNAL.format(name="db", target="{creationPolicy: Merge}"), []),
    ("a managed ExternalSecret", EXTERNAL.format(name="db", target=f'{{template: {{metadata: {{annotations: {{{MANAGED}: "true"}}}}}}}}'), []),
    ("a ConfigMap", PLAIN.format(name="db", namespace="ml", annotations="{}").replace("Secret", "ConfigMap"), []),
]  # fmt: skip


@pytest.mark.parametrize(("other", "lines"), [case[1:] for case in MAKES], ids=[case[0] for case in MAKES])
def test_two_makers_of_one_secret(other: str, lines: list[int], tmp_path: Path) -> None:
    found = judge(tmp_path, {"a.yaml": other, "db.yaml": secret()}, SAME)
    assert places(found) == [("a.yaml", line) for line in lines]

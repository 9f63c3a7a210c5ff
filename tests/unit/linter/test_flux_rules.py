"""The rules of the family flux: each on what it finds, and on what comes near it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from hydrogitops.charts.programs import embedded_helm
from hydrogitops.linter.cache import cached_run
from hydrogitops.linter.options import Options
from tests.golden.trees import found, judged, marked, write

APPS = "clusters/prod/apps.yaml"
ENGINES = pytest.mark.skipif(embedded_helm() is None, reason="the extra `engines` is not installed")


def kustomization(name: str, *more: str, spec: str = "", path: str = "", mark: str = "") -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\n"
        f"spec:{mark}\n  path: ./{path or name}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
        + "".join(f"  {line}\n" for line in (*more, *([spec] if spec else [])))
        + "---\n"
    )


def release(*more: str, name: str = "app", chart: str = "./charts/app", namespace: str = "apps") -> str:
    return (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec:\n  chart: {{spec: {{chart: {chart},"
        " sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}\n"
        + "".join(f"  {line}\n" for line in more)
        + "---\n"
    )


def config(name: str, data: str = "{a: b}", namespace: str = "apps") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {data}\n---\n"


CHART = {
    "charts/app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "charts/app/values.yaml": "word: chart\nport: 1\n",
    "charts/app/templates/all.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: out}\n"
    'data: {word: "{{ .Values.word }}"}\n',
}
FOLDERS = {"one/a.yaml": config("one"), "two/a.yaml": config("two"), "three/a.yaml": config("three")}


def check(rule: str, files: Mapping[str, str], root: Path) -> list[tuple[str, int]]:
    """Write files, judge them with one rule only, and hold what it finds against the lines that are marked."""
    clean, expected = marked(files)
    write(root, clean)
    report = judged(root, only=frozenset({rule}))
    assert found(report) == expected
    return [(one.message, len(one.related)) for one in report.findings]


# Order ---------------------------------------------------------------------------------------------------------------

AFTER = "  # <- flux/depends-on"


@pytest.mark.parametrize(
    ("apps", "messages"),
    [
        (kustomization("one", "dependsOn:", "  - name: two") + kustomization("two"), []),
        (kustomization("one", f"dependsOn: [{{name: one}}]{AFTER}"), ["one, which waits for one: it is never applied"]),
        (
            kustomization("one", "dependsOn:", "  - name: two")
            + kustomization("two", "dependsOn:", "  - name: three")
            + kustomization("three", "dependsOn:", f"  - name: one{AFTER}"),
            ["three, which waits for one, which waits for two, which waits for three: none of them is ever applied"],
        ),
        # Two ways to one place are no circle; a circle further on is told once.
        (
            kustomization("one", "dependsOn: [{name: two}, {name: three}]")
            + kustomization("two", "dependsOn: [{name: three}]")
            + kustomization("three"),
            [],
        ),
        (
            kustomization("one", "dependsOn: [{name: two}]")
            + kustomization("two", "dependsOn: [{name: three}]")
            + kustomization("three", f"dependsOn: [{{name: two}}]{AFTER}"),
            ["three, which waits for two, which waits for three: none of them is ever applied"],
        ),
        (
            kustomization("one", "dependsOn:", f"  - name: thre{AFTER}") + kustomization("three"),
            ["one waits for the Kustomization thre, which nothing in the repository makes; did you mean three?"],
        ),
        (
            kustomization("one", "dependsOn:", f"  - {{name: two, namespace: other}}{AFTER}") + kustomization("two"),
            [
                "one waits for the Kustomization two, which nothing in the repository makes;"
                " the one of that name is in the namespace flux-system"
            ],
        ),
        # Whoever installed Flux there has made it; a name that is filled in is nobody's slip.
        (kustomization("one", "dependsOn: [{name: flux-system}]"), []),
        (kustomization("one", "dependsOn: [{name: '${first}'}]"), []),
    ],
)
def test_depends_on(apps: str, messages: list[str], tmp_path: Path) -> None:
    assert [message for message, _ in check("flux/depends-on", {APPS: apps, **FOLDERS}, tmp_path)] == messages


def test_what_another_environment_of_the_cluster_makes_is_there(tmp_path: Path) -> None:
    files = {
        APPS: kustomization("one"),
        "clusters/second/apps.yaml": kustomization("two", "dependsOn:", "  - name: one", f"  - name: three{AFTER}"),
        **FOLDERS,
    }
    (message, _) = check("flux/depends-on", files, tmp_path)[0]
    assert message == "two waits for the Kustomization three, which nothing in the repository makes"


@ENGINES
def test_releases_wait_for_each_other(tmp_path: Path) -> None:
    files = {
        APPS: kustomization("one"),
        "one/a.yaml": release("dependsOn: [{name: b}]", name="a"),
        "one/b.yaml": release(f"dependsOn: [{{name: a}}]{AFTER}", name="b"),
        "one/c.yaml": release(f"dependsOn: [{{name: one}}]{AFTER}", name="c"),
        **CHART,
    }
    messages = check("flux/depends-on", files, tmp_path)
    assert messages[0] == ("b, which waits for a, which waits for b: none of them is ever applied", 1)


def test_what_a_patch_makes_it_wait_for_counts(tmp_path: Path) -> None:
    patch = "      - {op: add, path: /spec/dependsOn, value: [{name: two}]}  # <- flux/depends-on\n"
    files = {
        "clusters/prod/kustomization.yaml": "resources: [apps.yaml]\npatches:\n"
        f"  - target: {{kind: Kustomization, name: one}}\n    patch: |\n{patch}",
        "clusters/prod/sync.yaml": "",
        APPS: kustomization("one") + kustomization("flux-system", path="clusters/prod"),
        **FOLDERS,
    }
    if embedded_helm() is not None:
        check("flux/depends-on", files, tmp_path)


def test_what_another_environment_makes_is_there_when_one_is_judged(tmp_path: Path) -> None:
    files = {
        "clusters/prod/one.yaml": kustomization("one", "dependsOn: [{name: two}]"),
        "clusters/staging/two.yaml": kustomization("two"),
        **FOLDERS,
    }
    write(tmp_path, files)
    for names in (None, ("prod",)):
        options = Options(only=frozenset({"flux/depends-on"}), environments=names)
        assert cached_run([tmp_path], options, use=False).report.findings == ()


# Secrets -------------------------------------------------------------------------------------------------------------

SEALED = (
    "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: token, namespace: apps}\n"
    "spec: {encryptedData: {token: AgBy}}\n"
)


def pod(secret: str, namespace: str = "apps") -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: {namespace}}}\n"
        "spec: {containers: [{name: c, image: 'c:1', envFrom: [{secretRef: {name: " + secret + "}}]}]}\n"
    )


ORDER = "  # <- flux/secrets-order"
WAIT = "wait: true"
ON_TWO = "dependsOn: [{name: two}]"


@pytest.mark.parametrize(
    "apps",
    [
        kustomization("one", ON_TWO) + kustomization("two", WAIT),
        kustomization("one", mark=ORDER) + kustomization("two", WAIT),
        kustomization("one", ON_TWO) + kustomization("two", mark=ORDER),
        kustomization("one", ON_TWO) + kustomization("two", "wait: false", mark=ORDER),
        # Expressions are only looked at where something is waited for.
        kustomization("one", ON_TWO) + kustomization("two", "healthCheckExprs: [{kind: SealedSecret}]", mark=ORDER),
        kustomization("one", ON_TWO) + kustomization("two", "healthChecks: [{kind: SealedSecret, name: token}]"),
        kustomization("one", ON_TWO) + kustomization("two", "healthChecks: [{kind: Job, name: j}]", mark=ORDER),
        # By way of another one.
        kustomization("one", "dependsOn: [{name: three}]")
        + kustomization("three", ON_TWO)
        + kustomization("two", WAIT),
        kustomization("one", f"dependsOn: [{{name: three}}]{ORDER}")
        + kustomization("three")
        + kustomization("two", WAIT),
    ],
)
def test_secrets_order(apps: str, tmp_path: Path) -> None:
    files = {APPS: apps, "one/p.yaml": pod("token"), "two/s.yaml": SEALED, "three/a.yaml": config("three")}
    check("flux/secrets-order", files, tmp_path)


@pytest.mark.parametrize(
    "files",
    [
        # Nothing reads it; another namespace's is read; both come by one Kustomization, in which there is no order.
        {"one/p.yaml": pod("other"), "two/s.yaml": SEALED},
        {"one/p.yaml": pod("token", "elsewhere"), "two/s.yaml": SEALED},
        {"one/p.yaml": pod("token"), "one/s.yaml": SEALED, "two/a.yaml": config("two")},
    ],
)
def test_secrets_in_any_order(files: Mapping[str, str], tmp_path: Path) -> None:
    check("flux/secrets-order", {APPS: kustomization("one") + kustomization("two"), **files}, tmp_path)


def test_a_name_that_is_wrong_is_one_finding(tmp_path: Path) -> None:
    files = {
        APPS: kustomization("one", "dependsOn: [{name: twos}]") + kustomization("two", WAIT),
        "one/p.yaml": pod("token"),
        "two/s.yaml": SEALED,
    }
    report = judged(write(tmp_path, files), only=frozenset({"flux/depends-on", "flux/secrets-order"}))
    assert [one.rule for one in report.findings] == ["flux/depends-on"]


# Sources -------------------------------------------------------------------------------------------------------------

NO_SOURCE = "  # <- flux/source-unknown"
GIT = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: NAME, namespace: flux-system}\n---\n"
INSTANCE = (
    "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, namespace: flux-system}\n"
    "spec: {sync: {kind: GitRepository, url: https://git.example.com/fleet, path: clusters/prod}}\n---\n"
)


def sourced(name: str, mark: str = "", kind: str = "GitRepository") -> str:
    """A Kustomization that builds the cluster's own folder, and so is what was installed."""
    return kustomization("flux-system", path="clusters/prod").replace(
        "{kind: GitRepository, name: flux-system}", f"{{kind: {kind}, name: {name}}}{mark}"
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({APPS: GIT.replace("NAME", "fleet") + sourced("fleet")}, ""),
        ({APPS: GIT.replace("NAME", "fleet") + sourced("flet", NO_SOURCE)}, "did you mean fleet?"),
        ({APPS: GIT.replace("NAME", "fleet") + sourced("fleet", NO_SOURCE, "OCIRepository")}, "nothing in"),
        ({APPS: sourced("flux-system", NO_SOURCE)}, "nothing in"),
        ({APPS: INSTANCE + sourced("flux-system")}, ""),
        # Wherever it is written, it is in the repository.
        ({APPS: sourced("fleet"), "bootstrap/fleet.yaml": GIT.replace("NAME", "fleet")}, ""),
        (
            {APPS: GIT.replace("NAME", "fleet").replace("flux-system}", "other}") + sourced("fleet", NO_SOURCE)},
            "the one of that name is in the namespace other",
        ),
    ],
)
def test_source_unknown(files: Mapping[str, str], message: str, tmp_path: Path) -> None:
    messages = check("flux/source-unknown", files, tmp_path)
    assert [message in one for one, _ in messages] == ([True] if message else [])


def test_sources_of_charts(tmp_path: Path) -> None:
    repository = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: far, namespace: NS}\n---\n"
    )
    chart = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: NAME, namespace: apps}\nspec: SPEC\n---\n"
    far = "{chart: {spec: {chart: a, sourceRef: {kind: HelmRepository, name: far}}}}"
    files = {
        APPS: kustomization("one"),
        "one/here.yaml": repository.replace("NS", "apps"),
        "one/a.yaml": chart.replace("NAME", "a").replace("SPEC", far),
        "one/b.yaml": chart.replace("NAME", "b").replace("SPEC", "{chartRef: {kind: OCIRepository, name: far}}" + NO_SOURCE),
        "one/c.yaml": chart.replace("NAME", "c").replace("apps", "others").replace("SPEC", far + NO_SOURCE),
    }  # fmt: skip
    check("flux/source-unknown", files, tmp_path)


# Values --------------------------------------------------------------------------------------------------------------

FROM = "  # <- flux/values-from-missing"
VALUES = "{values.yaml: 'word: w'}"


def values_from(item: str, mark: str = "") -> str:
    return release("valuesFrom:", f"  - {item}{mark}")


@ENGINES
@pytest.mark.parametrize(
    ("item", "other", "said"),
    [
        ("{kind: ConfigMap, name: v}", config("v", VALUES), ""),
        ("{kind: ConfigMap, name: v, valuesKey: word}", config("v", VALUES), "ConfigMap v has no key word"),
        ("{kind: ConfigMap, name: v, valuesKey: value.yaml}", config("v", VALUES), "has no key value.yaml"),
        ("{kind: ConfigMap, name: v}", config("v", "{a: b}"), "has no key values.yaml, but a"),
        ("{kind: ConfigMap, name: v, optional: true}", "", ""),
        ("{kind: ConfigMap, name: v, optional: true, valuesKey: x}", config("v", VALUES), ""),
        ("{kind: ConfigMap, name: words}", config("word", VALUES), "did you mean word?"),
        ("{kind: ConfigMap, name: v}", config("v", VALUES, "other"), "one of that name is in other"),
        ("{kind: Secret, name: token}", SEALED, "Secret token has no key values.yaml, but token"),
        ("{kind: Secret, name: token, valuesKey: token, targetPath: word}", SEALED, ""),
        ("{kind: Secret, name: v}", "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"
         "metadata: {name: e, namespace: apps}\nspec: {target: {name: v}}\n", ""),
        # What is written as bytes is no text that is read.
        ("{kind: ConfigMap, name: v}", config("v").replace("data: {a: b}", "binaryData: {values.yaml: YQ==}"), "but none"),
    ],
)  # fmt: skip
def test_values_from_missing(item: str, other: str, said: str, tmp_path: Path) -> None:
    files = {APPS: kustomization("one"), "one/a.yaml": values_from(item, FROM if said else ""), **CHART}
    messages = check("flux/values-from-missing", files | ({"one/b.yaml": other} if other else {}), tmp_path)
    assert [said in one for one, _ in messages] == ([True] if said else [])


@ENGINES
def test_values_that_are_not_there_explain_why_a_release_is_not_seen(tmp_path: Path) -> None:
    files = {APPS: kustomization("one"), "one/a.yaml": values_from("{kind: ConfigMap, name: v}"), **CHART}
    rules = frozenset({"flux/values-from-missing", "lint/not-seen"})
    report = judged(write(tmp_path, files), only=rules)
    assert [(one.rule, one.severity) for one in report.findings] == [("flux/values-from-missing", "warning")]
    assert [gap.what for gap in report.coverage.not_seen] == ["what release app applies"]


WIN = "  # <- flux/inline-values-win"


@ENGINES
@pytest.mark.parametrize(
    "lines",
    [
        ("values: {port: 2}",),
        ("values:", f"  word: x{WIN}"),
        ("values:", f"  word: {{a: b}}{WIN}"),
        # A single value goes over inline ones.
        ("values: {port: 2}", "suspend: false"),
    ],
)
def test_inline_values_win(lines: tuple[str, ...], tmp_path: Path) -> None:
    text = release("valuesFrom: [{kind: ConfigMap, name: v}]", *lines)
    files = {APPS: kustomization("one"), "one/a.yaml": text, "one/v.yaml": config("v", VALUES), **CHART}
    check("flux/inline-values-win", files, tmp_path)


@ENGINES
def test_inline_values_of_a_patch_win(tmp_path: Path) -> None:
    files = {
        APPS: kustomization("one", path="one/prod"),
        "one/base/kustomization.yaml": "resources: [a.yaml, v.yaml]\n",
        "one/base/a.yaml": release("valuesFrom: [{kind: ConfigMap, name: v}]", "values: {word: base}"),
        "one/base/v.yaml": config("v", VALUES),
        "one/prod/kustomization.yaml": "resources: [../base]\npatches:\n  - target: {kind: HelmRelease}\n    patch: |\n"
        "      apiVersion: helm.toolkit.fluxcd.io/v2\n      kind: HelmRelease\n      metadata: {name: app}\n"
        f"      spec:\n        values:\n          word: prod{WIN}\n",
        **CHART,
    }
    check("flux/inline-values-win", files, tmp_path)


# Variables -----------------------------------------------------------------------------------------------------------

UNSET = "  # <- flux/substitution-unset"
BUILD = "postBuild: {substitute: {host: h.example.com}}"


@pytest.mark.parametrize(
    ("build", "line"),
    [
        (BUILD, "a: '${host}'"),
        (BUILD, f"a: '${{hots}}'{UNSET}"),
        (BUILD, "a: '${hots:=x}'"),
        (BUILD, "a: '$${hots} $hots $(hots)'"),
        (BUILD, f"a: '${{hots:=${{other}}}}'{UNSET}"),
        # Without variables nothing is looked for, unless it is asked for.
        ("postBuild: {}", "a: '${hots}'"),
        ("wait: true", "a: '${hots}'"),
        ("postBuild: {substituteStrategy: Always}", f"a: '${{hots}}'{UNSET}"),
        # What comes from the cluster may be anything.
        ("postBuild: {substituteFrom: [{kind: Secret, name: s}]}", "a: '${hots}'"),
    ],
)
def test_substitution_unset(build: str, line: str, tmp_path: Path) -> None:
    # A kustomization is what a build goes by; without engines documents are judged as they are written.
    text = config("one", "D").replace("D", f"\n  {line}")
    check("flux/substitution-unset", {APPS: kustomization("one", build), "one/a.yaml": text}, tmp_path)


def test_an_object_that_is_left_alone(tmp_path: Path) -> None:
    text = config("one").replace("{a: b}", "{a: '${hots}'}")
    marks = "annotations: {kustomize.toolkit.fluxcd.io/substitute: disabled}, name: one"
    files = {APPS: kustomization("one", BUILD), "one/a.yaml": text.replace("name: one", marks)}
    check("flux/substitution-unset", files, tmp_path)


@ENGINES
def test_variables_in_generated_and_patched_texts(tmp_path: Path) -> None:
    files = {
        APPS: kustomization("one", BUILD),
        "one/kustomization.yaml": "resources: [a.yaml]\nconfigMapGenerator: [{name: g, files: [g.yaml]}]\n"
        "patches:\n  - path: p.yaml\n",
        "one/a.yaml": config("one"),
        "one/g.yaml": f"url: https://${{hots}}/x{UNSET}\nnote: $${{kept}}\n",
        "one/p.yaml": config("one").replace("{a: b}", f"\n  p: ${{port}}{UNSET}").replace("---\n", ""),
    }
    check("flux/substitution-unset", files, tmp_path)


# Failures and what is left behind ------------------------------------------------------------------------------------

ONCE = "  # <- flux/retries-missing"
RETRY = "{strategy: {name: RetryOnFailure}}"


@pytest.mark.parametrize(
    ("install", "upgrade"),
    [
        (f"install: {RETRY}", f"upgrade: {RETRY}"),
        ("install: {remediation: {retries: 3}}", "upgrade: {remediation: {retries: -1}}"),
        (f"install: {RETRY}", f"upgrade: {{remediation: {{retries: 0}}}}{ONCE}"),
        (f"install: {{strategy: {{name: RemediateOnFailure}}}}{ONCE}", f"upgrade: {RETRY}"),
        (f"install: {{crds: Create}}{ONCE}", "upgrade: {crds: Create}"),
    ],
)
def test_retries_missing(install: str, upgrade: str, tmp_path: Path) -> None:
    files = {
        APPS: kustomization("one"),
        "one/a.yaml": release(install, upgrade, chart="./none").replace("GitRepository", "Bucket"),
    }
    check("flux/retries-missing", files, tmp_path)


@pytest.mark.parametrize("prune", ["prune: true", "prune: false  # <- flux/prune-off", "wait: true"])
def test_prune_off(prune: str, tmp_path: Path) -> None:
    check("flux/prune-off", {APPS: kustomization("one", prune), **FOLDERS}, tmp_path)


# Values that variables make ------------------------------------------------------------------------------------------


@ENGINES
@pytest.mark.parametrize(
    ("more", "values", "broken"),
    [
        (BUILD, "word: [a.${host}:80]\n", False),
        (BUILD, "word: [a.${host:=x}:80]\n", False),
        (BUILD, "word: [a.${host}:80\n", True),
        ("prune: true", "word: [a.${host}:80]\n", True),
    ],
)
def test_values_are_read_with_their_variables_filled_in(
    tmp_path: Path, more: str, values: str, *, broken: bool
) -> None:
    """Flux fills them in before anybody reads the text of a ConfigMap as YAML."""
    files = {
        **CHART,
        APPS: kustomization("app", more),
        "app/kustomization.yaml": (
            "namespace: apps\nresources: [release.yaml]\n"
            "configMapGenerator: [{name: values, files: [values.yaml]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n"
        ),
        "app/release.yaml": release("valuesFrom: [{kind: ConfigMap, name: values}]"),
        "app/values.yaml": values,
    }
    write(tmp_path, files)
    rules = [one.rule for one in judged(tmp_path, only=frozenset({"repo/yaml", "lint/not-seen"})).findings]
    assert rules == (["repo/yaml"] if broken else [])


@ENGINES
@pytest.mark.parametrize(("name", "told"), [("charts", []), ("chart", ["flux/source-unknown"])])
def test_of_what_is_not_built_nobody_knows_the_namespace(tmp_path: Path, name: str, told: list[str]) -> None:
    """A Kustomization of its own would say it; only what is there of that name at all can be told."""
    source = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\n"
        "metadata: {name: charts, namespace: apps}\nspec: {url: https://charts.example.com}\n"
    )
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: app}\nspec:\n"
        f"  chart: {{spec: {{chart: app, version: 1.0.0, sourceRef: {{kind: HelmRepository, name: {name}}}}}}}\n"
    )
    files = {
        APPS: kustomization("one", "targetNamespace: one")
        + kustomization("app", "targetNamespace: apps")
        + kustomization("other"),
        "one/a.yaml": config("one"),
        "app/kustomization.yaml": "resources: [release.yaml, source.yaml]\n",
        "app/release.yaml": release,
        "app/source.yaml": source,
        "other/kustomization.yaml": "resources: [../part]\n",
        "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
    }
    write(tmp_path, files)
    assert [one.rule for one in judged(tmp_path, only=frozenset({"flux/source-unknown"})).findings] == told


CORRECTED = "nameReference: [{kind: ConfigMap, fieldSpecs: [{kind: HelmRelease, path: spec/valuesFrom/name}]}]\n"


@ENGINES
@pytest.mark.parametrize(
    ("namespaces", "correct", "severity"),
    [
        (("", "apps"), True, "warning"),
        (("", ""), True, ""),
        (("", ""), False, "error"),
        (("apps", "apps"), False, "error"),
    ],
)
def test_names_are_corrected_within_a_namespace(
    tmp_path: Path, namespaces: tuple[str, str], correct: bool, severity: str
) -> None:
    """Of a kustomization that stands alone nobody says which namespace a Kustomization of Flux would give it."""
    of_release, of_map = (f", namespace: {one}" if one else "" for one in namespaces)
    files = {
        "kustomization.yaml": (
            "resources: [release.yaml]\n"
            f"configMapGenerator: [{{name: values, files: [values.yaml]{of_map}}}]\n"
            + ("configurations: [names.yaml]\n" if correct else "")
        ),
        "names.yaml": CORRECTED,
        "release.yaml": release("valuesFrom: [{kind: ConfigMap, name: values}]").replace(
            ", namespace: apps", of_release, 1
        ),
        "values.yaml": "word: a\n",
    }
    write(tmp_path, files)
    found_here = judged(tmp_path, only=frozenset({"flux/values-from-missing"})).findings
    assert [one.severity for one in found_here] == ([severity] if severity else [])

"""Deliberate faults: one edit in the generated repository gives exactly the expected findings at exactly their places.

The same repository restored is clean again, byte for byte the same report.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.golden.conftest import Generated
from tests.golden.trees import judged

APPS = "apps/hydrosphere"
BASE = f"{APPS}/base/values.yaml"
PROD, STAGING = f"{APPS}/envs/prod", f"{APPS}/envs/staging"
PROD_VERSION, STAGING_VERSION = f"{PROD}/version/values.yaml", f"{STAGING}/version/values.yaml"
CONFIGURATION = ".hydrogitops.yaml"
SET, PROJECTS = "platform/hydrosphere.yaml", "platform/projects.yaml"
GIT = "https://git.example.com/platform/prod-cluster.git"
HOOKED = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: {1}, namespace: hydrosphere, annotations: {{{0}}}}}
data: {{a: b}}
"""


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding: where `needle` begins in the edited file, the `nth` time that it stands there."""

    rule: str
    file: str
    needle: str
    environments: tuple[str, ...] = ("prod",)
    severity: str = "error"
    nth: int = 1
    after: str = ""
    """The needle is looked for behind this text."""

    def place(self, root: Path) -> tuple[str, str, str, int, int, tuple[str, ...]]:
        text = (root / self.file).read_text(encoding="utf-8")
        start = text.index(self.after) if self.after else 0
        position = start - 1
        for _ in range(self.nth):
            position = text.index(self.needle, position + 1)
        line = text.count("\n", 0, position) + 1
        column = position - (text.rfind("\n", 0, position) + 1) + 1
        return self.severity, self.rule, self.file, line, column, self.environments


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    edits: Mapping[str, tuple[str, str] | Callable[[str], str] | None]
    """By file: a text and what takes its place, once; a function of the text; None: the file goes."""
    expected: tuple[Expected, ...]


BOTH = ("staging", "prod")
VISUALIZATION = f"{PROD}/version/resources/visualization.yaml"
UI = "requests: {cpu: 50m, memory: 64Mi}\n    limits: {memory: 256Mi}"


def every(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


CASES = (
    # Resources ------------------------------------------------------------------------------------------------------
    Case(
        "memory limit removed in one environment",
        {PROD_VERSION: ("    limits: {memory: 1Gi}\n", "")},
        (Expected("resources/memory-limit-missing", PROD_VERSION, "resources", after="gateway:"),),
    ),
    Case(
        "memory limit removed in every environment: the finding stands where each writes its values",
        {
            PROD_VERSION: ("    limits: {memory: 1Gi}\n", ""),
            STAGING_VERSION: ("    limits: {memory: 1Gi}\n", ""),
        },
        (
            Expected("resources/memory-limit-missing", PROD_VERSION, "resources", after="gateway:"),
            Expected("resources/memory-limit-missing", STAGING_VERSION, "resources", ("staging",), after="gateway:"),
        ),
    ),
    Case(
        "a patch forgets a limit",
        {f"{PROD}/version/resources/stat.yaml": ("            limits: {memory: 1Gi}\n", "")},
        (Expected("resources/memory-limit-missing", f"{PROD}/version/resources/stat.yaml", "resources"),),
    ),
    Case(
        "1.5gb",
        {PROD_VERSION: ("limits: {memory: 4Gi}", "limits: {memory: 1.5gb}")},
        (Expected("resources/quantity-invalid", PROD_VERSION, "1.5gb"),),
    ),
    Case(
        "a resource that does not exist",
        {PROD_VERSION: ("limits: {memory: 4Gi}", "limits: {memory: 4Gi, mem: 4Gi}")},
        (Expected("resources/quantity-invalid", PROD_VERSION, "mem: 4Gi"),),
    ),
    Case(
        "500m of memory",
        {PROD_VERSION: ("requests: {cpu: 50m, memory: 64Mi}", "requests: {cpu: 50m, memory: 500m}")},
        (Expected("resources/quantity-suspicious", PROD_VERSION, "500m}", severity="warning"),),
    ),
    Case(
        "500m of memory as the limit of a JVM",
        {PROD_VERSION: ("limits: {memory: 1Gi}", "limits: {memory: 500m}")},
        (
            Expected(
                "resources/quantity-suspicious",
                PROD_VERSION,
                "500m}",
                after="\n    limits: {memory: 500m",
            ),
        ),
    ),
    Case(
        "a memory limit of zero",
        {PROD_VERSION: ("limits: {memory: 1Gi}", "limits: {memory: 0}")},
        (
            Expected(
                "resources/quantity-suspicious",
                PROD_VERSION,
                "0}",
                after="\n    limits: {memory: 0",
            ),
        ),
    ),
    Case(
        "octal cpu",
        {PROD_VERSION: ('limits: {cpu: "2", memory: 2Gi}', "limits: {cpu: 010, memory: 2Gi}")},
        (Expected("resources/quantity-suspicious", PROD_VERSION, "010", severity="warning"),),
    ),
    Case(
        "request over limit",
        {PROD_VERSION: ("requests: {cpu: 50m, memory: 64Mi}", "requests: {cpu: 50m, memory: 512Mi}")},
        (Expected("resources/request-over-limit", PROD_VERSION, "512Mi", after="\nui:"),),
    ),
    Case(
        "a request that no node of the pool can hold",
        {
            PROD_VERSION: (
                "requests: {cpu: 50m, memory: 64Mi}\n    limits: {memory: 256Mi}",
                "requests: {cpu: 50m, memory: 64Gi}\n    limits: {memory: 64Gi}",
            )
        },
        (Expected("resources/unschedulable", PROD_VERSION, "64Gi", after="\nui:"),),
    ),
    Case(
        "no cpu request",
        {PROD_VERSION: ("requests: {cpu: 50m, memory: 64Mi}", "requests: {memory: 64Mi}")},
        (Expected("resources/cpu-request-missing", PROD_VERSION, "requests", severity="warning", after="\nui:"),),
    ),
    Case(
        "resources that the chart ignores",
        {PROD_VERSION: ("stat:\n", "stat:\n  resources: {limits: {memory: 2Gi}}\n")},
        (Expected("resources/dead-value", PROD_VERSION, "{limits: {memory: 2Gi}}", severity="warning"),),
    ),
    # JVM ------------------------------------------------------------------------------------------------------------
    Case(
        "-Xmx4g in a 2Gi container",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', '"-Xmx4g -Xms512m"')},
        (Expected("jvm/heap-over-limit", PROD_VERSION, "-Xmx4g"),),
    ),
    Case(
        "-Xmx1Gi",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', '"-Xmx1Gi -Xms512m"')},
        (Expected("jvm/size-syntax", PROD_VERSION, "-Xmx1Gi"),),
    ),
    Case(
        "a percentage without a decimal point on JDK 8",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', '"-XX:MaxRAMPercentage=75"')},
        (Expected("jvm/pct-syntax", PROD_VERSION, "-XX:MaxRAMPercentage=75"),),
    ),
    Case(
        "MaxRAMPercentage on a JDK that cannot see the limit",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', '"-XX:MaxRAMPercentage=75.0"')},
        (Expected("jvm/heap-unset", PROD_VERSION, "-XX:MaxRAMPercentage=75.0"),),
    ),
    Case(
        "no options at all",
        {PROD_VERSION: ('  javaOpts: "-Xmx1g -Xms512m"\n', '  javaOpts: ""\n')},
        (Expected("jvm/heap-unset", PROD_VERSION, '""'),),
    ),
    Case(
        "a flag that the JDK doesn't have",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', '"-Xmx1g -XX:+UseZGC"')},
        (Expected("jvm/removed-flag", PROD_VERSION, "-XX:+UseZGC"),),
    ),
    Case(
        "JAVA_XMX above the limit",
        {PROD_VERSION: ("JAVA_XMX: 512M", "JAVA_XMX: 2G")},
        (Expected("jvm/heap-over-limit", PROD_VERSION, "2G", after="gateway:"),),
    ),
    Case(
        "sonar's heap, through the variable that the patch adds",
        {PROD_VERSION: ('"-Xmx2g -Xms1g"', '"-Xmx8g -Xms1g"')},
        (Expected("jvm/heap-over-limit", PROD_VERSION, "-Xmx8g"),),
    ),
    Case(
        "initial heap over the maximum",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', '"-Xmx1g -Xms1536m"')},
        (Expected("jvm/xms-over-xmx", PROD_VERSION, "-Xms1536m"),),
    ),
    Case(
        "a blank between flag and value",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', '"-Xmx 1g -Xms512m"')},
        (Expected("jvm/size-space", PROD_VERSION, "-Xmx 1g"),),
    ),
    Case(
        "quotes that reach the JVM",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', "'\"-Xmx1g\" -Xms512m'")},
        (Expected("jvm/quoting", PROD_VERSION, '"-Xmx1g"'),),
    ),
    Case(
        "gateway.javaOpts",
        {PROD_VERSION: ("  JAVA_XMX: 512M", '  javaOpts: "-Xmx512m"\n  JAVA_XMX: 512M')},
        (Expected("jvm/variable-unread", PROD_VERSION, '"-Xmx512m"'),),
    ),
    Case(
        "the patch that makes sonar's options count is left out",
        {f"{PROD}/kustomization.yaml": ("  - ../../components/java-options\n", "")},
        (Expected("jvm/variable-unread", PROD_VERSION, '"-Xmx2g'),),
    ),
    Case(
        "a debugger open to everybody",
        {
            PROD_VERSION: (
                '"-Xmx1g -Xms512m"',
                '"-Xmx1g -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=5005"',
            )
        },
        (Expected("jvm/remote-debug", PROD_VERSION, "-agentlib"),),
    ),
    # Scheduling -----------------------------------------------------------------------------------------------------
    Case(
        "toleration Exists with a value",
        {f"{PROD}/values.yaml": ("{key: node, operator: Equal, value", "{key: node, operator: Exists, value")},
        (Expected("scheduling/toleration-invalid", f"{PROD}/values.yaml", "highPerformance"),),
    ),
    Case(
        "a taint nobody tolerates",
        {CONFIGURATION: lambda text: text.replace("value: highPerformance, effect", "value: spot, effect", 1)},
        (
            Expected("scheduling/toleration-missing", f"{STAGING}/values.yaml", "tolerations:", ("staging",)),
            Expected("scheduling/toleration-missing", f"{STAGING}/values.yaml", "tolerations:", ("staging",), nth=2),
            Expected("scheduling/toleration-unused", f"{STAGING}/values.yaml", "{key", ("staging",), "warning"),
            Expected("scheduling/toleration-unused", f"{STAGING}/values.yaml", "{key", ("staging",), "warning", nth=2),
            Expected("scheduling/toleration-missing", f"{STAGING}/values.yaml", "|-", ("staging",), "warning"),
        ),
    ),
    Case(
        "pods of models without a toleration",
        {f"{PROD}/values.yaml": ('"tolerations": [{', '"tolerations": [], "was": [{')},
        (Expected("scheduling/toleration-missing", f"{PROD}/values.yaml", "|-", severity="warning"),),
    ),
    Case(
        "pods of models in no JSON",
        {f"{PROD}/values.yaml": ('"pod": {"tolerations"', '"pod": {"tolerations')},
        (Expected("lint/not-seen", f"{PROD}/values.yaml", "|-", severity="warning"),),
    ),
    Case(
        "nothing said of the pods of models",
        {f"{PROD}/values.yaml": lambda text: text[: text.index("\nmanager:\n")]},
        (Expected("scheduling/toleration-missing", PROD_VERSION, "manager", severity="warning"),),
    ),
    Case(
        "no toleration for anything but alertmanager",
        {
            f"{PROD}/values.yaml": (
                "  tolerations:\n    - {key: node, operator: Equal, value: highPerformance, effect: NoSchedule}\n",
                "",
            )
        },
        (Expected("scheduling/toleration-missing", f"{PROD}/values.yaml", "global"),),
    ),
    Case(
        "misspelt effect",
        {f"{PROD}/values.yaml": ("effect: NoSchedule", "effect: NoSchedul")},
        (Expected("scheduling/toleration-invalid", f"{PROD}/values.yaml", "NoSchedul"),),
    ),
    Case(
        "a selector that no pool satisfies",
        {PROD_VERSION: ("ui:\n", "ui:\n  nodeSelector: {node: highperformance}\n")},
        (Expected("scheduling/selector-unmatched", PROD_VERSION, "highperformance"),),
    ),
    Case(
        "tolerations that the chart ignores",
        {PROD_VERSION: ("sonar:\n", "sonar:\n  tolerations: [{key: node, operator: Exists}]\n")},
        (Expected("scheduling/dead-tolerations", PROD_VERSION, "[{key", severity="warning"),),
    ),
    # Values ---------------------------------------------------------------------------------------------------------
    Case(
        "vizualization",
        {PROD_VERSION: ("\nvisualization:", "\nvizualization:")},
        (Expected("values/contract", PROD_VERSION, "vizualization", severity="warning"),),
    ),
    Case(
        "host with a scheme",
        {f"{PROD}/values.yaml": ("url: hydro-prod.", "url: postgresql://hydro-prod.")},
        (Expected("values/contract", f"{PROD}/values.yaml", "postgresql://"),),
    ),
    Case(
        "duplicate key",
        {PROD_VERSION: ("  JAVA_XMX: 512M", "  JAVA_XMX: 384M\n  JAVA_XMX: 512M")},
        (Expected("values/duplicate-key", PROD_VERSION, "JAVA_XMX", nth=2),),
    ),
    Case(
        "unquoted yes",
        {PROD_VERSION: ("    tag: v0.22.1", "    tag: yes")},
        (Expected("values/yaml-trap", PROD_VERSION, "yes", severity="warning"),),
    ),
    Case(
        "a condition that is a text",
        {BASE: ("  mongo:\n    enabled: false", '  mongo:\n    enabled: "false"')},
        (Expected("values/condition-not-boolean", BASE, '"false"', BOTH),),
    ),
    Case(
        "retry without quotes",
        {BASE: ('retry: "false"', "retry: false")},
        (Expected("values/contract", BASE, "false", BOTH, after="retry:"),),
    ),
    Case(
        "fullnameOverride",
        {PROD_VERSION: ("gateway:\n", "gateway:\n  fullnameOverride: gw\n")},
        (Expected("values/contract", PROD_VERSION, "fullnameOverride"),),
    ),
    Case(
        "a list of variables that breaks the render",
        {PROD_VERSION: ("manager:\n", "manager:\n  env: [{name: A, value: b}]\n")},
        (Expected("values/contract", PROD_VERSION, "env"),),
    ),
    Case(
        "a map of variables that breaks the render",
        {PROD_VERSION: ("manager:\n", "manager:\n  env: {A: b}\n")},
        (Expected("values/contract", PROD_VERSION, "env"),),
    ),
    Case(
        "a list in place of a service's map",
        {PROD_VERSION: ("\nui:\n", "\nui: []\nx-ui:\n")},
        (Expected("values/contract", PROD_VERSION, "[]"),),
    ),
    Case(
        "a heap size without its unit",
        {PROD_VERSION: ("JAVA_XMX: 512M", "JAVA_XMX: 512")},
        (Expected("values/contract", PROD_VERSION, "512", after="JAVA_XMX"),),
    ),
    Case(
        "resources in a word",
        {
            PROD_VERSION: (
                "  resources:\n    requests: {cpu: 50m, memory: 64Mi}\n    limits: {memory: 256Mi}\n",
                "  resources: none\n",
            )
        },
        (Expected("resources/quantity-invalid", PROD_VERSION, "none"),),
    ),
    Case(
        "a database outside that nobody names",
        {f"{PROD}/values.yaml": ("    url: hydro-prod.c9akciq32xyz.us-east-1.rds.amazonaws.com\n", '    url: ""\n')},
        (Expected("values/contract", f"{PROD}/values.yaml", '""'),),
    ),
    # Secrets --------------------------------------------------------------------------------------------------------
    Case(
        "a plain password",
        {BASE: ("password: in-a-sealed-secret", "password: Zq8vKp2xLm4w")},
        (Expected("secrets/plaintext-in-values", BASE, "Zq8vKp2xLm4w", BOTH),),
    ),
    Case(
        "a plain Secret",
        {
            f"{PROD}/namespace.yaml": lambda text: (
                text
                + "---\napiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: hydrosphere}\n"
                + "stringData:\n  password: Zq8vKp2xLm4w\n"
            )
        },
        (Expected("secrets/plain-secret", f"{PROD}/namespace.yaml", "stringData"),),
    ),
    # Repository -----------------------------------------------------------------------------------------------------
    Case(
        "a patch for a service that isn't there",
        {f"{PROD}/version/kustomization.yaml": ("name: hydro-stat}", "name: hydro-stats}")},
        (
            Expected("repo/patch-unmatched", f"{PROD}/version/kustomization.yaml", "hydro-stats"),
            Expected("resources/memory-limit-missing", f"{PROD}/version/kustomization.yaml", "patches"),
            Expected(
                "resources/cpu-request-missing", f"{PROD}/version/kustomization.yaml", "patches", severity="warning"
            ),
            Expected("resources/qos-drift", f"{PROD}/version/kustomization.yaml", "patches", severity="info"),
        ),
    ),
    Case(
        "repositories without a project key: a misspelt component",
        {f"{PROD}/kustomization.yaml": ("../../components/api-versions", "../../components/api-version")},
        (Expected("repo/dangling-reference", f"{PROD}/kustomization.yaml", "../../components/api-version"),),
    ),
    Case(
        "a sealed Secret that is no longer listed",
        {f"{PROD}/secrets/kustomization.yaml": ("  - hydro-postgresql.sealed.yaml\n", "")},
        (Expected("secrets/consumer-key-missing", f"{PROD}/secrets/kustomization.yaml", "resources"),),
    ),
    Case(
        "a values file deleted",
        {PROD_VERSION: None},
        (Expected("repo/dangling-reference", f"{PROD}/kustomization.yaml", "version/values.yaml"),),
    ),
    Case(
        "the values that all environments share deleted",
        {BASE: None},
        (
            Expected("repo/dangling-reference", f"{PROD}/kustomization.yaml", "../../base/values.yaml"),
            Expected(
                "repo/dangling-reference", f"{STAGING}/kustomization.yaml", "../../base/values.yaml", ("staging",)
            ),
        ),
    ),
    Case(
        "the kustomization of an environment deleted",
        {f"{PROD}/kustomization.yaml": None},
        (Expected("repo/dangling-reference", "environments/prod/config.yaml", PROD),),
    ),
    Case(
        "a tab",
        {PROD_VERSION: ("gateway:\n  image:", "gateway:\n\timage:")},
        (Expected("repo/yaml", PROD_VERSION, "\timage"),),
    ),
    Case(
        "a conflict mark",
        {PROD_VERSION: ("gateway:\n", "<<<<<<< HEAD\ngateway:\n")},
        (Expected("repo/yaml", PROD_VERSION, "<<<<<<<"),),
    ),
    # Hydrosphere ----------------------------------------------------------------------------------------------------
    Case(
        "an open answer",
        {f"{PROD}/values.yaml": ("url: mongodb.prod.example.com", "url: TODO")},
        (Expected("hydrosphere/open-answer", f"{PROD}/values.yaml", "TODO", severity="warning"),),
    ),
    Case(
        "a zone in place of a region",
        {f"{PROD}/values.yaml": ("    region: us-east-1\n  tolerations", "    region: us-east-1a\n  tolerations")},
        (Expected("hydrosphere/region", f"{PROD}/values.yaml", "us-east-1a"),),
    ),
    Case(
        "a region that there isn't",
        {f"{PROD}/values.yaml": ("    region: us-east-1\n  tolerations", "    region: us-east-9\n  tolerations")},
        (Expected("hydrosphere/region", f"{PROD}/values.yaml", "us-east-9"),),
    ),
    Case(
        "a bucket name that S3 refuses",
        {f"{PROD}/values.yaml": ("bucket: acme-prod-feature-lake", "bucket: Acme_Lake")},
        (Expected("hydrosphere/bucket-name", f"{PROD}/values.yaml", "Acme_Lake"),),
    ),
    Case(
        "an insecure registry",
        {BASE: ("    insecure: false\n", "    insecure: true\n")},
        (Expected("hydrosphere/registry-insecure", BASE, "true", BOTH, after="registry:"),),
    ),
    Case(
        "the chart's own public keys",
        {PROD_VERSION: ("sonar:\n", "sonar:\n  awsCredentialSecret: aws\n")},
        (Expected("hydrosphere/aws-credential-secret", PROD_VERSION, "aws\n", after="awsCredentialSecret:"),),
    ),
    # Argo CD --------------------------------------------------------------------------------------------------------
    Case(
        "a project that does not allow this repository",
        {PROJECTS: ("    - https://git.example.com/platform/prod-cluster.git\n", "    - https://git.example.com/*\n")},
        (Expected("argocd/project-forbids", SET, GIT, ("staging",), after="template:"),),
    ),
    Case(
        "a cluster that the project does not allow",
        {"environments/prod/config.yaml": ("7B1D9E4F5A", "7B1D9E4F5B")},
        (Expected("argocd/project-forbids", "environments/prod/config.yaml", "https"),),
    ),
    Case(
        "a project that allows nothing outside namespaces",
        {PROJECTS: every('    - {group: "", kind: Namespace}', '    - {group: "", kind: Node}')},
        (
            Expected("argocd/project-forbids", "environments/prod/config.yaml", "hydrosphere-prod"),
            Expected("argocd/project-forbids", "environments/staging/config.yaml", "hydrosphere-staging", ("staging",)),
        ),
    ),
    Case(
        "a project that nobody declares",
        {"environments/prod/config.yaml": ("project: hydrosphere-prod", "project: hydrosphere-prd")},
        (Expected("argocd/project-forbids", "environments/prod/config.yaml", "hydrosphere-prd", severity="warning"),),
    ),
    Case(
        "a project that allows every namespace",
        {PROJECTS: ("      namespace: hydrosphere\n", '      namespace: "*"\n')},
        (Expected("argocd/project-open", PROJECTS, '"*"', ("staging",), severity="warning"),),
    ),
    Case(
        "the default project",
        {"environments/prod/config.yaml": ("project: hydrosphere-prod", "project: default")},
        (Expected("argocd/project-open", "environments/prod/config.yaml", "default", severity="warning"),),
    ),
    Case(
        "charts that Argo CD may not inflate",
        {"bootstrap/argocd-cm.yaml": ("--enable-helm ", "")},
        (Expected("argocd/build-options", "bootstrap/argocd-cm.yaml", "--load", BOTH),),
    ),
    Case(
        "no build options at all",
        {
            "bootstrap/argocd-cm.yaml": (
                "  kustomize.buildOptions: --enable-helm --load-restrictor LoadRestrictionsNone\n",
                "  timeout.reconciliation: 60s\n",
            )
        },
        (Expected("argocd/build-options", "bootstrap/argocd-cm.yaml", "data:", BOTH, after="labels:"),),
    ),
    Case(
        "server and name of a cluster at once",
        {
            SET: (
                '        server: "{{ .cluster.server }}"\n',
                '        server: "{{ .cluster.server }}"\n        name: "{{ .cluster.name }}"\n',
            )
        },
        (Expected("argocd/destination-invalid", SET, "destination", BOTH),),
    ),
    Case(
        "a cluster without a server",
        {"environments/prod/config.yaml": ("server: https://7B1D9E4F5A.gr7.us-east-1.eks.amazonaws.com", 'server: ""')},
        (Expected("argocd/destination-invalid", "environments/prod/config.yaml", '""'),),
    ),
    Case(
        "a pattern that no file fits",
        {SET: ("path: environments/*/config.yaml", "path: environment/*/config.yaml")},
        (Expected("argocd/generator-empty", SET, "git:", ()),),
    ),
    Case(
        "a template that fills in nothing",
        {SET: ("  goTemplateOptions: [missingkey=error]\n", "")},
        (Expected("argocd/template-unsafe", SET, "spec", BOTH, severity="warning"),),
    ),
    Case(
        "a patch that empties the spec where nothing is automated",
        {SET: ("    {{- if .autoSync }}\n    spec:\n", "    spec:\n    {{- if .autoSync }}\n")},
        (Expected("argocd/template-unsafe", SET, "|", severity="warning", after="templatePatch"),),
    ),
    Case(
        "a hook of Argo CD's beside one of Helm's",
        {
            f"{PROD}/namespace.yaml": lambda text: text + HOOKED.format("helm.sh/hook: pre-install", "migration"),
            f"{PROD}/ingress.yaml": lambda text: text + HOOKED.format("argocd.argoproj.io/hook: PreSync", "before"),
        },
        (Expected("argocd/helm-hooks-ignored", f"{PROD}/ingress.yaml", "PreSync", severity="warning"),),
    ),
    Case(
        "a secret in the wave of its readers",
        {f"{PROD}/secrets/hydro-postgresql.sealed.yaml": ('sync-wave: "-1"', 'sync-wave: "0"')},
        (Expected("argocd/sync-order", f"{PROD}/secrets/hydro-postgresql.sealed.yaml", '"0"', severity="warning"),),
    ),
    Case(
        "what runs goes with the ApplicationSet",
        {SET: ("preserveResourcesOnDeletion: true", "preserveResourcesOnDeletion: false")},
        (Expected("argocd/cascade-delete", SET, "false", BOTH, severity="warning"),),
    ),
    Case(
        "automated without prune",
        {SET: ("          prune: true\n", "")},
        (Expected("argocd/prune-off", SET, "automated", ("staging",), severity="info"),),
    ),
    Case(
        "a controller by a range of versions",
        {"platform/sealed-secrets.yaml": ('"2.18.0"', '"2.*"')},
        (Expected("repo/floating-revision", "platform/sealed-secrets.yaml", '"2.*"', BOTH),),
    ),
    # More of each rule, in every form of place -------------------------------------------------------------------------
    Case(
        "resources in base without a limit: one finding for all environments",
        {
            BASE: lambda text: text + "ui:\n  resources:\n    requests: {cpu: 50m, memory: 64Mi}\n",
            PROD_VERSION: (f"  resources:\n    {UI}\n", ""),
            STAGING_VERSION: (f"  resources:\n    {UI}\n", ""),
        },
        (Expected("resources/memory-limit-missing", BASE, "resources", BOTH, after="\nui:"),),
    ),
    Case(
        "a null that takes the limit",
        {PROD_VERSION: ('limits: {cpu: "2", memory: 2Gi}', 'limits: {cpu: "2", memory: null}')},
        (Expected("resources/memory-limit-missing", PROD_VERSION, "null"),),
    ),
    Case(
        "a misspelt key of resources explains all that lacks",
        {
            PROD_VERSION: lambda text: text.replace("  resources:", "  resource:", 2).replace(
                "resource:", "resources:", 1
            )
        },
        (Expected("values/contract", PROD_VERSION, "resource:", after="gateway:"),),
    ),
    Case(
        "a misspelt key of the heap",
        {PROD_VERSION: ("  JAVA_XMX: 512M", "  java_xmx: 512M")},
        (Expected("values/contract", PROD_VERSION, "java_xmx"),),
    ),
    Case(
        "a GPU without its limit",
        {PROD_VERSION: (UI, "requests: {cpu: 50m, memory: 64Mi, nvidia.com/gpu: 1}\n    limits: {memory: 256Mi}")},
        (Expected("resources/quantity-invalid", PROD_VERSION, "1}", after="gpu:"),),
    ),
    Case(
        "a GPU that no node has",
        {PROD_VERSION: (UI, "requests: {cpu: 50m, memory: 64Mi}\n    limits: {memory: 256Mi, nvidia.com/gpu: 1}")},
        (Expected("resources/unschedulable", PROD_VERSION, "1}", after="gpu:"),),
    ),
    Case(
        "two containers of a pod add up",
        {VISUALIZATION: every("cpu: 100m", "cpu: 4500m")},
        (Expected("resources/unschedulable", VISUALIZATION, "4500m"),),
    ),
    Case(
        "a pod that fits only by the optimistic figure",
        {PROD_VERSION: (UI, "requests: {cpu: 50m, memory: 30Gi}\n    limits: {memory: 30Gi}")},
        (Expected("resources/tight-fit", PROD_VERSION, "30Gi", severity="warning"),),
    ),
    Case(
        "request over limit in a patch",
        {VISUALIZATION: ("memory: 512Mi", "memory: 5Gi")},
        (Expected("resources/request-over-limit", VISUALIZATION, "5Gi"),),
    ),
    Case(
        "options as a list",
        {PROD_VERSION: ('"-Xmx1g -Xms512m"', '["-Xmx1g", "-Xms512m"]')},
        (Expected("values/contract", PROD_VERSION, '["-Xmx1g"'),),
    ),
    Case(
        "a variable that JDK 8 does not read",
        {PROD_VERSION: ("gateway:\n", 'gateway:\n  env: [{name: JDK_JAVA_OPTIONS, value: "-Xmx300m"}]\n')},
        (Expected("jvm/variable-unread", PROD_VERSION, '"-Xmx300m"'),),
    ),
    Case(
        "options for what runs no JVM",
        {PROD_VERSION: ("\nui:\n", '\nui:\n  env: [{name: JAVA_OPTS, value: "-Xmx300m"}]\n')},
        (Expected("jvm/variable-unread", PROD_VERSION, '"-Xmx300m"'),),
    ),
    Case(
        "a toleration that misses its taint by a letter",
        {f"{PROD}/values.yaml": ("{key: node, operator", "{key: nod, operator")},
        (Expected("scheduling/toleration-unused", f"{PROD}/values.yaml", "{key: nod,"),),
    ),
    Case(
        "a key that YAML reads as true, in a selector",
        {PROD_VERSION: ("ui:\n", "ui:\n  nodeSelector: {on: highPerformance}\n")},
        (Expected("values/yaml-trap", PROD_VERSION, "on:", after="\nui"),),
    ),
    Case(
        "retry as YAML's off",
        {BASE: ('retry: "false"', "retry: off")},
        (Expected("values/yaml-trap", BASE, "off", BOTH, after="retry:"),),
    ),
    Case(
        "an operation on what the object does not have",
        {f"{APPS}/components/java-options/sonar.yaml": ("containers/0/env/-", "containers/1/env/-")},
        (Expected("repo/patch-unmatched", f"{APPS}/components/java-options/sonar.yaml", "/spec", BOTH),),
    ),
    Case(
        "a patch for another kind",
        {f"{APPS}/components/java-options/kustomization.yaml": ("kind: Deployment", "kind: StatefulSet")},
        (
            Expected("repo/patch-unmatched", f"{APPS}/components/java-options/kustomization.yaml", "StatefulSet", BOTH),
            Expected("jvm/variable-unread", PROD_VERSION, '"-Xmx2g'),
            Expected("jvm/variable-unread", STAGING_VERSION, '"-Xmx2g', ("staging",), "warning"),
        ),
    ),
    Case(
        "a key to be sealed under a name that nobody reads",
        {f"{PROD}/secrets/hydro-mongodb.sealed.yaml": ("mongodb-password: __UN", "mongodb-passwd: __UN")},
        (Expected("secrets/consumer-key-missing", f"{PROD}/secrets/hydro-mongodb.sealed.yaml", "mongodb-passwd"),),
    ),
    Case(
        "a patch for a container that is not there",
        {VISUALIZATION: ("- name: visualization\n", "- name: vizualization\n")},
        (
            Expected("repo/patch-unmatched", VISUALIZATION, "vizualization"),
            Expected("resources/memory-limit-missing", VISUALIZATION, "containers"),
            Expected("resources/cpu-request-missing", VISUALIZATION, "containers", severity="warning"),
        ),
    ),
    Case(
        "replicas of a workload that is not there",
        {f"{PROD}/kustomization.yaml": lambda text: text + "replicas:\n  - {name: hydro-uii, count: 2}\n"},
        (Expected("repo/patch-unmatched", f"{PROD}/kustomization.yaml", "hydro-uii"),),
    ),
    Case(
        "a key twice in a patch",
        {VISUALIZATION: ("limits: {memory: 4Gi}\n", "limits: {memory: 4Gi}\n            limits: {memory: 3Gi}\n")},
        (Expected("values/duplicate-key", VISUALIZATION, "limits", nth=2),),
    ),
    Case(
        "nothing in the place of a toleration",
        {f"{PROD}/values.yaml": ("{key: node, operator: Equal, value: highPerformance, effect: NoSchedule}", "null")},
        (Expected("scheduling/toleration-invalid", f"{PROD}/values.yaml", "null"),),
    ),
    Case(
        "a number in the place of a text that breaks the render",
        {f"{PROD}/values.yaml": lambda text: text[: text.index("  depconfig")] + "  depconfig: 3\n"},
        (Expected("values/contract", f"{PROD}/values.yaml", "3\n", after="depconfig:"),),
    ),
    Case(
        "the kustomization of a component deleted",
        {f"{APPS}/components/java-options/kustomization.yaml": None},
        (
            Expected("repo/dangling-reference", f"{PROD}/kustomization.yaml", "../../components/java-options"),
            Expected(
                "repo/dangling-reference",
                f"{STAGING}/kustomization.yaml",
                "../../components/java-options",
                ("staging",),
            ),
        ),
    ),
    Case(
        "a conflict mark in the kustomization: what it listed is no environment of its own",
        {f"{PROD}/kustomization.yaml": ("resources:\n", "resources:\n<<<<<<< HEAD\n")},
        (Expected("repo/yaml", f"{PROD}/kustomization.yaml", "<<<<<<<"),),
    ),
)


def apply(root: Path, case: Case) -> None:
    for name, edit in case.edits.items():
        path = root / name
        before = path.read_text(encoding="utf-8")
        if edit is None:
            path.unlink()
            continue
        after = edit(before) if callable(edit) else before.replace(edit[0], edit[1], 1)
        assert after != before, f"the edit of {name} changes nothing"
        path.write_text(after, encoding="utf-8")


def told(root: Path) -> list[tuple[str, str, str, int, int, tuple[str, ...]]]:
    """All findings but the placeholders, which are there by intent before there is a cluster."""
    return sorted(
        (one.severity, one.rule, one.file, one.line, one.column, one.environments)
        for one in judged(root).findings
        if one.rule != "secrets/placeholder"
    )


def test_the_repository_is_clean(generated: Generated) -> None:
    assert told(generated.folder) == []


def test_there_are_fifty() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 50


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fault(case: Case, generated: Generated, tmp_path: Path) -> None:
    root = generated.copy(tmp_path / "repository")
    before = judged(root).to_json()
    apply(root, case)
    assert told(root) == sorted(expected.place(root) for expected in case.expected)
    for name in case.edits:
        shutil.copyfile(generated.folder / name, root / name)
    assert judged(root).to_json() == before

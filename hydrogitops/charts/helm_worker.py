"""The worker: loads the embedded Helm once and renders what comes on standard input, one JSON job a line.

A program of its own (`python -I -S helm_worker.py SITE-PACKAGES BYTES`); it imports nothing of the project, so that it
starts fast. The only module that knows helm-python-sdk, and there the native calls of 0.2.2: its public `render` has no
parameter for the Kubernetes version. Answers: `ok`, `failed`, `large` or `broken`, a blank, the length in bytes, a
newline, the text. What the text must be: helm 4.3.1, pkg/action/action.go renderResources, pkg/cmd/template.go,
pkg/release/v1/util.
"""

from __future__ import annotations

import _thread
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

INSTALL_ORDER = (
    "PriorityClass", "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy",
    "PodDisruptionBudget", "ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass", "PersistentVolume",
    "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole", "ClusterRoleList", "ClusterRoleBinding",
    "ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList", "Service", "DaemonSet", "Pod",
    "ReplicationController", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob",
    "IngressClass", "Ingress", "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
)  # fmt: skip
"""Kinds in the order in which Helm installs and prints them; the others follow by name."""
RANK = {kind: rank for rank, kind in enumerate(INSTALL_ORDER)}
EVENTS = frozenset({
    "pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade", "pre-rollback",
    "post-rollback", "test", "test-success",
})  # fmt: skip
"""A hook for anything else is left out (release/v1/util/manifest_sorter.go)."""
SEPARATOR = re.compile(r"^---[ \t]*", re.MULTILINE)


class RefusedError(Exception):
    """Helm says no, in its own words."""


class LargeError(Exception):
    """There is more output than anybody should have to read, or we to parse."""


class Manifest(NamedTuple):
    path: str
    text: str
    kind: str
    events: tuple[str, ...]


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what Helm logs must not mix with the answers
    sys.path.append(sys.argv[1])
    largest = int(sys.argv[2])

    def answer(status: str, text: str) -> None:
        data = text.encode()
        answers.write(b"%s %d\n" % (status.encode(), len(data)) + data)
        answers.flush()

    try:
        from helm_python import HelmError
        from helm_python import _native as native
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        answer("broken", str(error))
        return
    answer("ok", native.helm_sdk_version())

    def work(line: bytes) -> None:
        try:
            answer("ok", bounded(render(native, json.loads(line), largest), largest))
        except LargeError:
            answer("large", "")
        except (RefusedError, HelmError) as error:
            answer("failed", str(error))
        except BaseException as error:  # noqa: BLE001 - a thread that ends without an answer would be a hang
            answer("failed", f"{type(error).__name__}: {error}")

    # Rendering has a thread of its own, so that the end of our parent is seen in the middle of it.
    for line in sys.stdin.buffer:
        _thread.start_new_thread(work, (line,))
    os._exit(0)


def render(native: Any, job: Mapping[str, Any], largest: int) -> str:
    """What `helm template` prints for the job. LargeError beyond so many bytes, RefusedError, HelmError."""

    def parsed(text: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(native.call_string("helm_values_from_yaml", text))
        return data

    values = merged(job["values"], parsed)
    chart = native.HANDLE(native.call_handle("helm_chart_load", job["chart"]))
    # A render takes dependencies that are switched off out of the chart, so a chart serves one job only.
    try:
        check(native, chart, job)
        options = {"name": job["release"], "is_install": True, "api_versions": job["api_versions"]}
        if job["namespace"]:
            options["namespace"] = job["namespace"]
        if job["kubernetes"]:
            options["kube_version"] = job["kubernetes"]
        rendered = bounded(native.call_string("helm_render", chart, json.dumps(values), json.dumps(options)), largest)
        crds = json.loads(native.call_string("helm_chart_crds", chart)) if job["include_crds"] else []
    finally:
        native.call_status("helm_chart_free", chart)
    return printed(json.loads(rendered), crds, parsed, hooks=not job["no_hooks"], tests=not job["skip_tests"])


def bounded(text: str, largest: int) -> str:
    if len(text) > largest:
        raise LargeError
    return text


def check(native: Any, chart: Any, job: Mapping[str, Any]) -> None:
    """What `helm template` looks at before it renders, and the native render does not."""
    metadata = json.loads(native.call_string("helm_chart_metadata", chart))
    kind = metadata.get("type") or "application"
    if kind != "application":
        raise RefusedError(f"{kind} charts are not installable")
    wanted = [dependency["name"] for dependency in metadata.get("dependencies") or ()]
    if wanted:
        present = {item["name"] for item in json.loads(native.call_string("helm_chart_dependencies", chart))}
        missing = [name for name in wanted if name not in present]
        if missing:
            raise RefusedError(f"found in Chart.yaml, but missing in charts/ directory: {', '.join(missing)}")
    if metadata.get("kubeVersion"):
        check_kubernetes(native, str(metadata["kubeVersion"]), job["kubernetes"])


def check_kubernetes(native: Any, constraint: str, version: str) -> None:
    """Let Helm itself judge the chart's `kubeVersion`, by a dry run of an empty chart that has the same."""
    folder = Path(os.environ["TMPDIR"], "kubernetes-check")
    folder.mkdir(exist_ok=True)
    metadata = {"apiVersion": "v2", "name": "check", "version": "0.0.0", "kubeVersion": constraint}
    (folder / "Chart.yaml").write_text(json.dumps(metadata), encoding="utf-8")
    options = {"dry_run": "client"} | ({"kube_version": version} if version else {})
    settings = json.dumps({"namespace": "default", "storage_driver": "memory"})
    config = native.HANDLE(native.call_handle("helm_config_new", settings))
    none = native.HANDLE(0)
    try:
        native.call_string("helm_install", config, none, none, str(folder), "check", "{}", json.dumps(options))
    finally:
        native.call_status("helm_config_free", config)


def merged(layers: list[dict[str, Any]], parsed: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    """The layers of values, later ones win (pkg/chart/v2/loader/load.go LoadValues, MergeMaps)."""
    values: dict[str, Any] = {}
    for layer in layers:
        if "data" in layer:
            values = overlaid(values, layer["data"])
            continue
        name = layer.get("file", "values")
        try:
            text = layer["text"] if "text" in layer else Path(name).read_bytes().decode()
            for document in documents(text.replace("\r\n", "\n")):
                values = overlaid(values, parsed(document))
        except Exception as error:
            raise RefusedError(f"failed to parse {name}: {error}") from error
    return values


def documents(text: str) -> Iterator[str]:
    """The documents of a values file (apimachinery util/yaml YAMLReader): a line that begins with `---` parts them."""
    kept: list[str] = []
    for line in text.split("\n"):
        if line.startswith("---"):
            rest = line[3:].strip()
            if rest and not rest.startswith("#"):
                raise RefusedError(f"error reading yaml document: invalid Yaml document separator: {rest}")
            if kept:
                yield "\n".join(kept)
                kept = []
        else:
            kept.append(line)
    yield "\n".join(kept)


def overlaid(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Maps are merged; everything else, null too, is what `above` says."""
    result = dict(below)
    for key, value in above.items():
        beneath = result.get(key)
        result[key] = overlaid(beneath, value) if isinstance(value, dict) and isinstance(beneath, dict) else value
    return result


def printed(
    files: Mapping[str, str],
    crds: list[dict[str, str]],
    parsed: Callable[[str], dict[str, Any]],
    *,
    hooks: bool,
    tests: bool,
) -> str:
    """The rendered templates in the order in which Helm installs and prints them, hooks last."""
    manifests: list[Manifest] = []
    for path in sorted(files):
        if not path.endswith("NOTES.txt") and not path.rsplit("/", 1)[-1].startswith("_"):
            manifests += split(path, files[path], parsed)
    manifests.sort(key=rank)
    texts = [source(crd["filename"], crd["data"]) for crd in crds]
    texts += [source(manifest.path, manifest.text) for manifest in manifests if not manifest.events]
    result = "".join(texts).strip() + "\n"
    for manifest in manifests:
        if manifest.events and hooks and (tests or not {"test", "test-success"} & {*manifest.events}):
            result += source(manifest.path, manifest.text)
    return result


def source(path: str, text: str) -> str:
    return f"---\n# Source: {path}\n{text}\n"


def rank(manifest: Manifest) -> tuple[int, str]:
    """Kinds that Helm knows in its order, the others after them by name."""
    known = RANK.get(manifest.kind)
    return (known, "") if known is not None else (len(RANK), manifest.kind)


def split(path: str, text: str, parsed: Callable[[str], dict[str, Any]]) -> Iterator[Manifest]:
    """The documents of a rendered template; a hook for an event that Helm does not know is left out."""
    for document in SEPARATOR.split(text.lstrip()):
        body = document.lstrip()
        if not body:
            continue
        try:
            head = parsed(body)
        except Exception as error:
            raise RefusedError(f"YAML parse error on {path}: {error}") from error
        metadata = head.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        hook = annotations.get("helm.sh/hook") if isinstance(annotations, dict) else None
        events = tuple(word.strip().lower() for word in hook.split(",")) if isinstance(hook, str) else ()
        if EVENTS.issuperset(events):
            yield Manifest(path, body, str(head.get("kind", "")), events)


if __name__ == "__main__":
    main()

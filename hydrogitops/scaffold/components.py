"""The kustomize components of a repository: which files patch which objects, for whatever engine applies them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

VERSION = "version"
"""The component of an environment that gets promoted."""


@dataclass(frozen=True, slots=True)
class Patch:
    """`file`: below the component's folder. `target`: as kustomize takes it, patterns and all."""

    file: str
    target: Mapping[str, str]

    @property
    def key(self) -> str:
        """The file's name where no slash may be in it."""
        return self.file.replace("/", "-")


@dataclass(frozen=True, slots=True)
class Component:
    """`folder`: where it lies below the application; `title`: the same, whatever the environment is called."""

    folder: str
    title: str
    patches: tuple[Patch, ...]

    @property
    def name(self) -> str:
        return self.title.rpartition("/")[2]


def shared(release: str, inside: frozenset[str], *, smtp: bool, tolerations: bool) -> tuple[Component, ...]:
    """The components that all environments share, in the order in which they are applied."""
    concerns = {
        "secrets": tuple(_secrets(release, inside, smtp=smtp)),
        "api-versions": (
            Patch(
                "pod-disruption-budgets.yaml",
                {"group": "policy", "version": "v1beta1", "kind": "PodDisruptionBudget"},
            ),
        ),
        "disruption-budgets": (Patch("max-unavailable.yaml", {"group": "policy", "kind": "PodDisruptionBudget"}),),
        "java-options": (Patch("sonar.yaml", _workload("Deployment", f"{release}-sonar")),),
        "tolerations": tuple(
            Patch("registry-proxy.yaml", _workload("DaemonSet", f"{release}-docker-registry-proxy"))
            for _ in range("docker-registry" in inside and tolerations)
        ),
    }
    return tuple(
        Component(f"components/{name}", f"components/{name}", patches) for name, patches in concerns.items() if patches
    )


def version(environment: str, release: str, inside: frozenset[str]) -> Component:
    """The component of an environment that gets promoted; nothing in it but the folder depends on the environment."""
    return Component(f"envs/{environment}/{VERSION}", VERSION, tuple(_version(release, inside)))


def _secrets(release: str, inside: frozenset[str], *, smtp: bool) -> Iterator[Patch]:
    yield Patch("chart-secrets.yaml", {"version": "v1", "kind": "Secret"})
    if "docker-registry" in inside:
        yield Patch("registry-htpasswd.yaml", _workload("Deployment", f"{release}-docker-registry"))
    else:
        yield Patch("registry-credentials.yaml", _workload("Deployment", f"{release}-manager"))
    alertmanager = f"{release}-alertmanager"
    yield Patch("alertmanager-config.yaml", {"version": "v1", "kind": "ConfigMap", "name": alertmanager})
    if smtp:
        yield Patch("alertmanager-volume.yaml", _workload("StatefulSet", alertmanager))


def _version(release: str, inside: frozenset[str]) -> Iterator[Patch]:
    yield Patch("images/manager.yaml", _workload("Deployment", f"{release}-manager"))
    for name in ("manager", "stat", "rootcause", "auto-od", "visualization"):
        yield Patch(f"resources/{name}.yaml", _workload("Deployment", f"{release}-{name}"))
    if "docker-registry" in inside:
        yield Patch("resources/docker-registry.yaml", _workload("Deployment", f"{release}-docker-registry"))
        proxy = f"{release}-docker-registry-proxy"
        yield Patch("resources/docker-registry-proxy.yaml", _workload("DaemonSet", proxy))


def _workload(kind: str, name: str) -> Mapping[str, str]:
    return {"group": "apps", "version": "v1", "kind": kind, "name": name}

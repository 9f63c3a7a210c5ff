"""What a repository consists of: answers and a chart in, paths and contents out; nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hydrogitops import __version__
from hydrogitops.charts import aws
from hydrogitops.config import answer_checks, defaults
from hydrogitops.config.answers import Answers, as_data, facts, open_answers
from hydrogitops.config.messages import shown
from hydrogitops.secrets import rollout

from . import components, sealed
from .chart_source import VendoredChart
from .diagram import drawn
from .parts import File, render
from .rendered import FOLDER, keeps_rendered

CHART_REPOSITORY: Final = "https://hydrospheredata.github.io/hydro-serving/helm/"
SEALED_SECRETS: Final = {"repository": "https://bitnami.github.io/sealed-secrets", "version": "2.18.0"}

SERVER: Final = "address of the API server of this cluster, as Argo CD knows it"
ITSELF: Final = "https://kubernetes.default.svc"
"""The cluster of Argo CD, as it knows it itself; the EKS capability does not."""

HOMEPAGE: Final = "https://pypi.org/project/hydrogitops/"

STAND_IN: Final = "in-a-sealed-secret"
"""Stands where the chart wants a password to be there before it refers to the Secret."""

# What the chart names at 3.0.3, but for PostgreSQL (9.6 there, and 10 is wanted).
_IMAGES: Final[Mapping[str, str]] = {
    "manager": "hydrosphere/serving-manager:3.0.3",
    "gateway": "hydrosphere/serving-gateway:3.0.3",
    "sonar": "hydrosphere/sonar:3.0.3",
    "ui": "hydrosphere/hydro-serving-ui:3.0.3",
    "stat": "hydrosphere/hydro-stat:3.0.3",
    "rootcause": "hydrosphere/hydro-root-cause:3.0.3",
    "auto-od": "hydrosphere/hydro-auto-od:3.0.3",
    "visualization": "hydrosphere/hydro-visualization:3.0.3",
    "postgresql": "11.14.0",
    "mongodb": "4.0.13-debian-9-r22",
    "minio": "2021.5.27-debian-10-r6",
    "docker-registry": "2.7.0",
}


def plan(answers: Answers, chart: VendoredChart | None) -> list[File]:
    """Every file of the repository, sorted by path. The same answers and chart give the same bytes."""
    context = _context(answers, chart)
    files = [file for part in ("repository", "application", answers.engine) for file in render(part, context)]
    for component in context["components"]:
        files += render(f"{answers.engine}-component", {**context, "component": component})
    for name in answers.environments:
        files += environment(answers, name, context)
    if chart is not None:
        files += chart.files
    return drawn(sorted(files, key=lambda file: file.path))


def environment(answers: Answers, name: str, context: Mapping[str, Any]) -> list[File]:
    """The files of one environment."""
    one = context["environments"][name] | {"name": name} | context["neighbours"][name]
    effective = context["facts_of"][name]
    effective["address"] = _address(effective, one["namespace"])
    wanted = context["secrets"]
    here = {
        **context,
        "environment": one,
        "facts": effective,
        "secret_names": [secret.name for secret in wanted],
        "readers": _readers(answers.release, wanted),
        "digest": rollout.digest(
            (secret.name, key.name, sealed.PLACEHOLDER) for secret in wanted for key in secret.keys
        ),
    }
    files = render("environment", here) + render(f"{answers.engine}-environment", here)
    version = components.version(name, answers.release, context["inside"])
    files += render(f"{answers.engine}-component", {**here, "component": version})
    for secret in wanted:
        files += render("sealed-secret", {**here, "secret": secret})
    return files


def _context(answers: Answers, chart: VendoredChart | None) -> dict[str, Any]:
    plain = _all_keys(answers)
    written = as_data(answers)
    inside = defaults.in_cluster(written)
    return {
        "homepage": HOMEPAGE,
        "version": __version__,
        "answers": plain,
        "written": written,
        "environments": written["environments"],
        "tolerations": written["tolerations"],
        "release": answers.release,
        "services": written["services"],
        "inside": inside,
        "components": components.shared(
            answers.release, inside, smtp=answers.smtp is not None, tolerations=bool(written["tolerations"])
        ),
        "facts_of": {name: _all_keys(facts(answers, name)) for name in answers.environments},
        "buckets": list(_buckets(answers)),
        "secrets": sealed.secrets(
            answers.release, inside, postgres_user=answers.postgresql.username, smtp=answers.smtp is not None
        ),
        "open": [(shown(path), what) for path, what in open_answers(answers)],
        "images": _IMAGES,
        "stand_in": STAND_IN,
        "vendored": chart is not None,
        "archive_sha256": chart.archive_sha256 if chart else "",
        "files_sha256": chart.files_sha256 if chart else "",
        "chart_repository": CHART_REPOSITORY,
        "sealed_secrets": SEALED_SECRETS,
        "clusters": list(_clusters(written)),
        "hub": _hub(written),
        "server_fact": "ARN of this cluster" if answers.flavour == "eks-capability" else SERVER,
        "keeps_rendered": keeps_rendered(answers.flavour),
        "rendered_folder": FOLDER,
        "neighbours": _neighbours(written),
        "sync_address": _sync_address(answers.repository),
        "artifact": _artifact(answers.repository),
        "source_kind": "OCIRepository" if answer_checks.is_artifact(answers.repository) else "GitRepository",
    }


def _all_keys(answers: Answers) -> dict[str, Any]:
    """With None for what is absent, because the templates take no name that is not there."""
    return answers.model_dump(by_alias=True)


def _address(effective: Mapping[str, Any], namespace: str) -> str:
    """Where users reach the platform, for links in alerts."""
    ingress = effective["ingress"]
    if ingress["kind"] == "none":
        return f"http://{effective['release']}-ui.{namespace}.svc.cluster.local:9090"
    if ingress["host"] == defaults.TODO:
        return defaults.TODO
    plain_http = ingress["kind"] == "nginx" and not ingress["certificate"]
    return f"{'http' if plain_http else 'https'}://{ingress['host']}"


def _buckets(answers: Answers) -> Iterator[tuple[str, str]]:
    """Each bucket outside once, with its region."""
    pairs = []
    for name in answers.environments:
        storage = facts(answers, name).storage
        pairs += [(bucket, storage.region or "") for _, bucket in storage.buckets if bucket is not None]
    yield from dict.fromkeys(pairs)


def _clusters(answers: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    """Each cluster once: two environments share one if their servers are equal and known."""
    seen: set[str] = set()
    for one in answers["environments"].values():
        cluster = one["cluster"]
        server = cluster.get("server", defaults.TODO)
        key = cluster["name"] if server == defaults.TODO else server
        if key not in seen:
            seen.add(key)
            yield cluster


def _hub(answers: Mapping[str, Any]) -> Mapping[str, str]:
    """The cluster that Argo CD runs in; the EKS capability has to be told which: that of production, else the first."""
    environments = list(answers["environments"].values())
    first = next((one for one in environments if one["profile"] == "production"), environments[0])
    capability = answers["flavour"] == "eks-capability"
    return {"name": first["cluster"]["name"], "server": first["cluster"]["server"] if capability else ITSELF}


def _neighbours(answers: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """For each environment the one before it in the same cluster, and what sets its names there apart; for Flux alone,
    which knows its clusters by name.
    """
    homes: dict[str, str] = {}
    found = {}
    for name, one in answers["environments"].items():
        first = homes.setdefault(one["cluster"]["name"], name)
        found[name] = {"beside": "", "suffix": ""} if first == name else {"beside": first, "suffix": f"-{name}"}
    return found


def _sync_address(repository: str) -> str:
    """The address as Flux takes it: with a scheme, where git has a short form for ssh."""
    short = re.fullmatch(r"([^/:]+@[^/:]+):([^/].*)", repository)
    return f"ssh://{short[1]}/{short[2]}" if short else repository


def _artifact(repository: str) -> Mapping[str, str]:
    """Where Flux reads an artifact in place of git: its registry, and who logs in there. Empty where it reads git."""
    if not answer_checks.is_artifact(repository):
        return dict.fromkeys(("host", "name", "provider", "region", "login"), "")
    host, _, name = repository.removeprefix(answer_checks.ARTIFACT).partition("/")
    return {
        "host": host,
        "name": name,
        "provider": "aws" if aws.is_ecr(host) else "generic",
        "region": aws.ecr_region(host),
        # The name that docker has for its own registry among credentials (google/go-containerregistry, pkg/authn).
        "login": "https://index.docker.io/v1/" if host in ("docker.io", "index.docker.io") else host,
    }


def _readers(release: str, wanted: tuple[sealed.Secret, ...]) -> dict[str, str]:
    """Kinds and names of the workloads that read any of the secrets, as the patterns of a patch's target."""
    readers = {reader for secret in wanted for reader in secret.readers}
    kinds = sorted({reader.partition("/")[0] for reader in readers})
    names = sorted(reader.partition("/")[2].removeprefix(f"{release}-") for reader in readers)
    return {"kinds": "|".join(kinds), "names": f"{re.escape(release)}-({'|'.join(names)})"}

"""Checks on single answers: each says in one sentence what is wrong, the empty text where nothing is. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from hydrogitops.charts import aws
from hydrogitops.kube.names import validate_name
from hydrogitops.kube.nodes import allocatable
from hydrogitops.kube.quantity import Quantity, QuantityError
from hydrogitops.source.scalars import plain

from .configuration_models import KUBERNETES
from .defaults import TODO

Check = Callable[[str], str]

ARTIFACT: Final = "oci://"

host = aws.host_problem


def url(value: str) -> str:
    """The address of an object store."""
    return aws.url_problem(value, "https://s3.us-east-1.amazonaws.com")


def region(value: str) -> str:
    """As `aws.region_problem`, which names the text; an answer is never repeated, it may be a secret by mistake."""
    return aws.region_problem(value).replace(value, "this") if value else aws.region_problem(value)


def store_region(value: str) -> str:
    """What an object store calls its region; whether AWS has it is asked where the store is S3."""
    if re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", value) and len(value) <= 63:
        return ""
    return "the name of a region has lower case letters, digits and hyphens"


def ingress_host(value: str) -> str:
    """A host that an Ingress takes: networking validation refuses addresses."""
    said = host(value)
    if not said and re.fullmatch(r"[0-9.]+", value):
        return "a DNS name is wanted, an Ingress takes no IP address"
    return said or dns_subdomain(value)


account = aws.account_problem
host_port = aws.host_port_problem


def bucket(value: str) -> str:
    """A bucket, whose name the chart writes without quotes."""
    return aws.bucket_problem(value) or _no_text(value)


def registry(value: str) -> str:
    """The host of a registry, and maybe a path in it; docker takes a first part without dot or port for no host."""
    said = aws.registry_problem(value)
    first = value.partition("/")[0]
    if not said and "." not in first and ":" not in first and first != "localhost":
        said = "a registry begins with its host, such as docker.io/acme or registry:5000"
    return said


def open_problem(value: str) -> str:
    """Whether an answer is still open."""
    return "not answered yet; with --allow-open the repository carries it marked" if value == TODO else ""


def dns_label(value: str) -> str:
    """A name as pools and environments have."""
    return _named("dns1123-label", value)


def namespace(value: str) -> str:
    """A namespace that is the platform's alone: it is made and pruned, and admits privileged pods."""
    if value.startswith("kube-") or value in ("default", "argocd", "flux-system"):
        return "this namespace belongs to others; the platform gets one of its own, which goes when it goes"
    return dns_label(value) or _no_text(value)


def cluster_name(value: str) -> str:
    """A cluster's name; `sealed-secrets-NAME` must stay a name of 63 characters."""
    return "a cluster's name has 48 characters at most" if len(value) > 48 else dns_subdomain(value)


def dns_subdomain(value: str) -> str:
    """A name as most objects have, with dots."""
    return _named("dns1123-subdomain", value)


def label_key(value: str) -> str:
    """The key of a label, taint or toleration."""
    return _named("label-key", value)


def label_value(value: str) -> str:
    """The value of a label, taint or toleration."""
    return _named("label-value", value)


def environment_name(value: str) -> str:
    """A name for folders, Applications and clusters; `hydrosphere-NAME` must stay a name of 53 characters."""
    if len(value) > 40:
        return "an environment's name has 40 characters at most"
    return dns_label(value)


def release(value: str) -> str:
    """A Helm release that the serving chart can bear: minio's Service is named by another rule than its readers use."""
    if "minio" in value:
        return "a release whose name contains minio gets a minio Service that nothing calls"
    if len(value) > 32:
        return "32 characters at most, so that every name made from it stays legal"
    if dns_label(value) or not value[:1].isalpha():
        return "a name of lower case letters, digits and hyphens is wanted, beginning with a letter"
    return _no_text(value)


def repository_name(value: str) -> str:
    """The name of the folder that is made."""
    if "/" in value or "\\" in value or value in ("", ".", ".."):
        return "a name is wanted, not a path"
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", value):
        return ""
    return "up to 63 letters, digits, dots, hyphens and underscores are wanted, beginning with a letter or digit"


def repository_address(value: str) -> str:
    """The address that the engine reads the repository from; it is shown in commands, so no marks of a shell."""
    return _artifact_address(value) if is_artifact(value) else _git_address(value)


def is_artifact(address: str) -> bool:
    """Whether an address is that of an artifact in a registry, as Flux writes it (OCIRepository.spec.url)."""
    return address.startswith(ARTIFACT)


def _artifact_address(value: str) -> str:
    """A registry and a name in it, whose tag or digest is stated elsewhere (source-controller refuses it here)."""
    address = value.removeprefix(ARTIFACT)
    host, _, name = address.partition("/")
    if ":" in name or "@" in name:
        return "the address alone is wanted, without a tag or digest; `revision` is the tag that Flux follows"
    # google/go-containerregistry, pkg/name: 2 to 255 characters, and `localhost` alone is a name at Docker Hub.
    if 2 <= len(name) <= 255 and host != "localhost" and not registry(address):
        return ""
    return (
        "an address is wanted that a registry can have, in lower case, such as"
        " oci://registry.example.com/platform/prod-cluster"
    )


def _git_address(value: str) -> str:
    word = r"[A-Za-z0-9._~%+=:@-]+"
    if re.fullmatch(
        rf"(?:https?|ssh|git)://{word}(?:/{word})+/?|file://(?:/{word})+/?|{word}@[\w.-]+:{word}(?:/{word})*", value
    ):
        return ""
    return "an address is wanted that git can fetch, such as https://git.example.com/platform/prod-cluster.git"


def tag(value: str) -> str:
    """The tag of an artifact (opencontainers/distribution-spec)."""
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", value):
        return ""
    return "it is the tag of the artifact too, which has letters, digits and . _ - alone, such as main"


def revision(value: str) -> str:
    """The name of a branch or tag (git check-ref-format), without what stands before it in a repository."""
    if value == "HEAD" or value.startswith("refs/"):
        return "the name alone is wanted, such as main"
    if (
        re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}", value)
        and not re.search(r"\.\.|//|/\.|\./", value)
        and not value.endswith((".lock", "/", "."))
    ):
        return ""
    return "the name of a branch or tag is wanted"


def user_name(value: str) -> str:
    """A login at a database, registry or mail relay."""
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@+$-]{0,127}", value):
        return ""
    return "a user name of letters, digits and _ . @ + $ - is wanted"


def database(value: str) -> str:
    """A database's name, legal for PostgreSQL in a JDBC address and for MongoDB."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,62}", value):
        return ""
    return "a database's name of letters, digits, _ and - is wanted, beginning with a letter"


def version(value: str) -> str:
    """A version of a database: `15`, `6.0`, `8.0.2`."""
    return (
        "" if re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}", value) else "a version is wanted, such as 15 or 6.0.14"
    )


def kubernetes(value: str) -> str:
    """A minor version of Kubernetes: `1.34`."""
    return "" if value in KUBERNETES else f"a version of Kubernetes is wanted, {KUBERNETES[0]} to {KUBERNETES[-1]}"


def chart_version(value: str) -> str:
    """An exact version of the chart (semver.org)."""
    if re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?", value):
        return ""
    return "an exact version is wanted, such as 3.0.3"


def sha256(value: str) -> str:
    """A digest in lower case hex."""
    return "" if re.fullmatch(r"[0-9a-f]{64}", value) else "64 lower case hex digits are wanted"


def instance_type(value: str) -> str:
    """An EC2 instance type whose allocatable resources are known."""
    if allocatable(value) is not None:
        return ""
    return "no EC2 instance type that is known here; state allocatable: {cpu: …, memory: …, pods: …} instead"


def server(value: str) -> str:
    """The API server of a cluster, or the cluster's ARN."""
    if value.startswith("arn:"):
        return aws.arn_problem(value, "eks")
    return aws.url_problem(value, "https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com")


def mail(value: str) -> str:
    """An address that mail is sent from."""
    return "" if re.fullmatch(r"[^\s@\"'<>\\]+@[A-Za-z0-9.-]+", value) else "a mail address is wanted"


def java_xmx(value: str) -> str:
    """A heap size as the gateway's start script puts it behind -Xmx and -Xms."""
    return "" if re.fullmatch(r"[1-9][0-9]*[kKmMgG]", value) else "a size as -Xmx takes it is wanted, such as 512M"


def java_options(value: str) -> str:
    """JVM options for a shell that splits at blanks and takes no quote away; whether they start is asked elsewhere."""
    if re.search(r"[\"'`\\;&|<>$*?()]", value):
        return (
            "quotes and other marks of a shell reach the JVM as they are; plain options with blanks between are wanted"
        )
    return ""


def certificate(value: str) -> str:
    """An ACM certificate's ARN (for an ALB) or the name of a cert-manager ClusterIssuer (for nginx)."""
    return aws.arn_problem(value, "acm") if value.startswith("arn:") else dns_subdomain(value)


def resource_name(value: str) -> str:
    """`cpu`, `memory`, `ephemeral-storage`, huge pages, or an extended resource with its domain."""
    native = value in ("cpu", "memory", "ephemeral-storage") or value.startswith("hugepages-")
    if native or ("/" in value and not label_key(value)):
        return ""
    return "cpu, memory, ephemeral-storage or an extended resource such as nvidia.com/gpu is wanted"


def node_resource(value: str) -> str:
    """What a node has for pods: the same, and `pods`."""
    return "" if value == "pods" else resource_name(value)


def quantity(value: object) -> str:
    """A quantity as the API server takes it: `500m`, `1.5Gi`, `2`."""
    try:
        amount = Quantity.of(value)
    except QuantityError:
        return "a quantity is wanted, such as 500m or 2Gi"
    return "an amount is never negative" if amount.nano < 0 else ""


def chart_source(value: str) -> str:
    """Where the chart comes from: an address, or the path it was given by."""
    return aws.url_problem(value) if "://" in value else ""


def _no_text(value: str) -> str:
    """Whether a name is no text to YAML: the chart writes some without quotes, `release: {{ .Release.Name }}`."""
    if isinstance(plain(value), str):
        return ""
    return "YAML reads this name as a number, a boolean or null where the chart writes it without quotes"


def _named(kind: str, value: str) -> str:
    return "; ".join(validate_name(kind, value))

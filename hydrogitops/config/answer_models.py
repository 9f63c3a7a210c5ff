"""The shape of the answers that `new` writes a repository from, key by key; their JSON Schema is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema

from . import answer_checks as checks
from .defaults import TODO


def _open(problem: checks.Check) -> AfterValidator:
    """`problem` as pydantic asks it; a fact that nobody knows yet may be `TODO` where open answers are allowed."""

    def validate(value: str, info: ValidationInfo) -> str:
        allowed = isinstance(info.context, Mapping) and bool(info.context.get("allow_open"))
        said = "" if value == TODO and allowed else checks.open_problem(value) or problem(value)
        if said:
            raise ValueError(said)
        return value

    return AfterValidator(validate)


def _known(problem: checks.Check) -> AfterValidator:
    """Likewise for what cannot stay open: names and numbers that others are made from."""

    def validate(value: str) -> str:
        said = problem(value)
        if said:
            raise ValueError(said)
        return value

    return AfterValidator(validate)


def _amount(value: object) -> str:
    """A quantity as it is written in manifests; bare numbers are taken, as the API server takes them."""
    said = "a quantity is wanted, such as 500m or 2Gi" if value is None else checks.quantity(value)
    if said:
        raise ValueError(said)
    return str(value)


Host = Annotated[str, _open(checks.host)]
Url = Annotated[str, _open(checks.url)]
Region = Annotated[str, _open(checks.region)]
StoreRegion = Annotated[str, _open(checks.store_region)]
IngressHost = Annotated[str, _open(checks.ingress_host)]
Bucket = Annotated[str, _open(checks.bucket)]
UserName = Annotated[str, _open(checks.user_name)]
Version = Annotated[str, _open(checks.version)]
RegistryUrl = Annotated[str, _open(checks.registry)]
Account = Annotated[str, _open(checks.account)]
Certificate = Annotated[str, _open(checks.certificate)]
Namespace = Annotated[str, _known(checks.namespace)]
PoolName = Annotated[str, _known(checks.dns_label)]
Database = Annotated[str, _known(checks.database)]
Kubernetes = Annotated[str, _known(checks.kubernetes)]
LabelKey = Annotated[str, _known(checks.label_key)]
LabelValue = Annotated[str, _known(checks.label_value)]
Amount = Annotated[str, BeforeValidator(_amount), WithJsonSchema({"type": ["string", "number"]})]
ResourceName = Annotated[str, _known(checks.resource_name)]
NodeResource = Annotated[str, _known(checks.node_resource)]
Profile = Literal["production", "staging", "dev"]


class Part(BaseModel):
    """Strict: values have YAML's types, unknown keys are refused. Immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Aws(Part):
    account: Account
    region: Region


class Chart(Part):
    version: Annotated[str, _known(checks.chart_version)]
    source: Annotated[str, _known(checks.chart_source)]
    sha256: Annotated[str, _known(checks.sha256)] | None = None
    vendored: bool | None = None


class Registry(Part):
    kind: Literal["dockerhub", "artifactory", "harbor", "ecr", "other", "in-cluster"]
    url: RegistryUrl | None = None
    username: UserName | None = None
    create_on_push_template: bool | None = None


class Postgresql(Part):
    kind: Literal["rds", "aurora", "external", "in-cluster"]
    host: Host | None = None
    database: Database
    username: UserName
    version: Version | None = None


class Mongodb(Part):
    kind: Literal["external", "documentdb", "in-cluster"]
    host: Host | None = None
    database: Database
    username: UserName
    auth_database: Database
    version: Version | None = None
    engine_version: Version | None = None


class Buckets(Part):
    feature_lake: Bucket | None = None
    visualization: Bucket | None = None
    model_registry: Bucket | None = None


class Storage(Part):
    kind: Literal["s3", "minio", "other"]
    url: Url | None = None
    region: StoreRegion | None = None
    buckets: Buckets = Buckets()


class Ingress(Part):
    kind: Literal["alb", "nginx", "none"]
    host: IngressHost | None = None
    class_: Annotated[str, _known(checks.dns_subdomain)] | None = Field(default=None, alias="class")
    certificate: Certificate | None = None


class Toleration(Part):
    key: str = ""
    operator: Literal["Exists", "Equal"] = "Equal"
    value: str = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute", ""] = ""
    toleration_seconds: int | None = Field(default=None, alias="tolerationSeconds")


class Taint(Part):
    key: LabelKey
    value: LabelValue = ""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class Pool(Part):
    name: PoolName
    labels: dict[LabelKey, LabelValue] = {}
    taints: list[Taint] = []
    instance_types: Annotated[list[Annotated[str, _known(checks.instance_type)]], Field(min_length=1)] | None = None
    allocatable: dict[NodeResource, Amount] | None = None


class Resources(Part):
    requests: dict[ResourceName, Amount] = {}
    limits: dict[ResourceName, Amount] = {}


class Service(Part):
    resources: Resources


class JavaService(Part):
    java_options: Annotated[str, _known(checks.java_options)]
    resources: Resources


class GatewayService(Part):
    java_xmx: Annotated[str, _known(checks.java_xmx)]
    resources: Resources


class Services(Part):
    """What a service may use; those that run in the cluster by choice are absent where they don't."""

    manager: JavaService
    dind: Service
    kubectl_proxy: Service = Field(alias="kubectl-proxy")
    gateway: GatewayService
    sonar: JavaService
    ui: Service
    stat: Service
    rootcause: Service
    auto_od: Service = Field(alias="auto-od")
    visualization: Service
    alertmanager: Service
    postgresql: Service | None = None
    mongodb: Service | None = None
    mongodb_arbiter: Service | None = Field(default=None, alias="mongodb-arbiter")
    minio: Service | None = None
    docker_registry: Service | None = Field(default=None, alias="docker-registry")
    docker_registry_proxy: Service | None = Field(default=None, alias="docker-registry-proxy")


class Smtp(Part):
    host: Annotated[str, _open(checks.host_port)]
    from_: Annotated[str, _open(checks.mail)] = Field(alias="from")
    username: UserName


class Cluster(Part):
    """`server` is what Argo CD knows it by; Flux runs in the cluster itself and wants none."""

    name: Annotated[str, _known(checks.cluster_name)]
    server: Annotated[str, _open(checks.server)] | None = None


class AwsFacts(Part):
    account: Account | None = None
    region: Region | None = None


class DatabaseFacts(Part):
    host: Host | None = None
    database: Database | None = None
    username: UserName | None = None
    version: Version | None = None


class MongodbFacts(DatabaseFacts):
    auth_database: Database | None = None
    engine_version: Version | None = None


class RegistryFacts(Part):
    url: RegistryUrl | None = None
    username: UserName | None = None
    create_on_push_template: bool | None = None


class StorageFacts(Part):
    url: Url | None = None
    region: StoreRegion | None = None
    buckets: Buckets | None = None


class IngressFacts(Part):
    host: IngressHost | None = None
    certificate: Certificate | None = None


class Overrides(Part):
    """Facts of services outside that differ for one environment; what kind of service it is does not."""

    aws: AwsFacts | None = None
    registry: RegistryFacts | None = None
    postgresql: DatabaseFacts | None = None
    mongodb: MongodbFacts | None = None
    storage: StorageFacts | None = None
    ingress: IngressFacts | None = None


class Environment(Part):
    profile: Profile
    cluster: Cluster
    namespace: Namespace
    kubernetes: Kubernetes
    pools: list[Pool] | None = None
    auto_sync: bool
    overrides: Overrides | None = None


class Answers(Part):
    name: Annotated[str, _known(checks.repository_name)]
    engine: Literal["argocd", "flux"]
    flavour: Literal["plain", "rendered", "eks-capability"]
    repository: Annotated[str, _open(checks.repository_address)] = Field(
        description="The address that the cluster reads this repository from: of git or, for Flux, of an artifact,"
        " such as oci://registry.example.com/platform/prod-cluster; `revision` is its tag then."
    )
    revision: Annotated[str, _known(checks.revision)]
    aws: Aws
    release: Annotated[str, _known(checks.release)]
    namespace: Namespace
    chart: Chart
    registry: Registry
    postgresql: Postgresql
    mongodb: Mongodb
    storage: Storage
    ingress: Ingress
    tolerations: list[Toleration] = []
    services: Services
    smtp: Smtp | None = None
    ci: Literal["github", "gitlab", "none"]
    environments: dict[Annotated[str, _known(checks.environment_name)], Environment] = Field(min_length=1)

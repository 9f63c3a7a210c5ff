"""Regions, buckets, registries, endpoints, hosts and addresses."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from hydrogitops.charts import aws
from hydrogitops.charts import regions as regions_module
from hydrogitops.charts.regions import REGIONS, SOURCE

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "region",
    [
        *("us-east-1", "eu-central-2", "ap-northeast-3", "me-central-1", "il-central-1", "mx-central-1", "sa-east-1"),
        *(
            "af-south-1",
            "ca-west-1",
            "cn-northwest-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "eu-isoe-west-1",
        ),
    ],
)
def test_regions(region: str) -> None:
    assert aws.region_problem(region) == ""


def test_the_table_of_regions_comes_from_the_script(tmp_path: Path) -> None:
    by_partition: dict[str, dict[str, object]] = {}
    for region, partition in REGIONS.items():
        by_partition.setdefault(partition, {f"{partition}-global": {}})[region] = {}
    partitions = {"partitions": [{"id": name, "regions": regions} for name, regions in by_partition.items()]}
    script = runpy.run_path(str(ROOT / "scripts" / "make_regions_table.py"))
    assert script["table"](partitions, SOURCE) == Path(regions_module.__file__).read_text(encoding="utf-8")


def test_every_region_has_the_form_of_one() -> None:
    assert [region for region in REGIONS if not aws.has_region_form(region)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("eu-west-1a", "is a zone, the region is eu-west-1"),
        ("us-east-1-bos-1a", "is a zone, the region is us-east-1"),
        ("us-esat-1", "did you mean us-east-1?"),
        ("US-EAST-1", "did you mean us-east-1?"),
        ("us-east-9", "is no region of the partition aws, as botocore"),
        ("us-east-9", "did you mean us-east-1?"),
        ("cn-north-2", "is no region of the partition aws-cn"),
        ("us-gov-east-3", "is no region of the partition aws-us-gov"),
        ("us-east-9a", "is not an AWS region"),
        ("us-east-0", "is not an AWS region"),
        ("us-east", "is not an AWS region"),
        ("europe", "is not an AWS region"),
        ("", "is not an AWS region"),
        ("us-east-1\n", "is not an AWS region"),
        ("x" * 500, "..."),
    ],
)
def test_no_regions(text: str, said: str) -> None:
    assert said in aws.region_problem(text)


@pytest.mark.parametrize(
    "name",
    [
        *("abc", "acme-prod-feature-lake", "a.b-c", "0ab", "x" * 63, "1.2.3", "1.2.3.4.5", "a-an-b"),
        "logs-123456789012-us-east-1-an",
    ],
)
def test_buckets(name: str) -> None:
    assert aws.bucket_problem(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("", "ab", "x" * 64, "Acme", "a_b", "a b", "-abc", "abc-", ".abc", "abc.", "a..b", "192.168.5.4", "s3://abc"),
        *("xn--abc", "sthree-abc", "amzn-s3-demo-bucket", "abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3"),
        *("abc--table-s3", "abc-an", "abc-123456789012-nowhere-an", "abc-1234-us-east-1-an", "äbc"),
    ],
)
def test_no_buckets(name: str) -> None:
    assert aws.bucket_problem(name)


@pytest.mark.parametrize(
    ("name", "doubtful"),
    [
        ("my-bucket", True),
        ("mybucket", True),
        ("your-bucket-name", True),
        ("test", True),
        ("example-bucket-1", True),
        ("bucket", True),
        ("a.b.c", True),
        ("acme-prod-feature-lake", False),
        ("testing-grounds", False),
        ("my-company-lake", False),
        ("bucketlist", False),
    ],
)
def test_doubtful_buckets(name: str, doubtful: bool) -> None:
    assert bool(aws.bucket_doubt(name)) is doubtful


@pytest.mark.parametrize(
    ("host", "region", "account"),
    [
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", "us-east-1", "123456789012"),
        ("012345678901.dkr.ecr.eu-west-1.amazonaws.com/hydro/models", "eu-west-1", "012345678901"),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1", "123456789012"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1", "123456789012"),
        ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", "123456789012"),
        ("123456789012.dkr-ecr.us-west-2.on.aws", "us-west-2", "123456789012"),
    ],
)
def test_ecr(host: str, region: str, account: str) -> None:
    assert aws.is_ecr(host)
    assert aws.ecr_region(host) == region
    assert aws.ecr_account(host) == account


@pytest.mark.parametrize(
    "host",
    [
        *("docker.io/acme", "public.ecr.aws/x", "12345.dkr.ecr.us-east-1.amazonaws.com", ""),
        *(
            "123456789012.dkr.ecr.us-east-1.amazonaws.com.example.com",
            "https://123456789012.dkr.ecr.us-east-1.amazonaws.com",
        ),
    ],
)
def test_no_ecr(host: str) -> None:
    assert not aws.is_ecr(host)
    assert aws.ecr_region(host) == aws.ecr_account(host) == ""


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("https://s3.eu-west-1.amazonaws.com", True),
        ("http://s3.cn-north-1.amazonaws.com.cn:443/bucket", True),
        ("https://s3.eusc-de-east-1.amazonaws.eu/", True),
        ("s3.dualstack.us-east-1.amazonaws.com", True),
        ("https://bucket.vpce-0a1b-c2d.s3.us-east-1.vpce.amazonaws.com", True),
        ("https://s3.us-east-1.api.aws", True),
        ("https://minio.example.com:9000", False),
        ("https://s3.amazonaws.com.example.com", False),
        ("https://fra1.digitaloceanspaces.com", False),
        ("", False),
    ],
)
def test_endpoints_of_aws(address: str, own: bool) -> None:
    assert aws.is_aws_host(address) is own


@pytest.mark.parametrize(
    ("host", "documentdb", "region"),
    [
        ("hydro.cluster-c9akciq32xyz.us-east-1.docdb.amazonaws.com", True, "us-east-1"),
        ("hydro.cluster-c9akciq32xyz.docdb.cn-north-1.amazonaws.com.cn", True, "cn-north-1"),
        ("hydro-123456789012.us-east-1.docdb-elastic.amazonaws.com", True, "us-east-1"),
        ("hydro.c9akciq32xyz.us-east-1.rds.amazonaws.com", False, "us-east-1"),
        ("https://s3.eu-west-1.amazonaws.com", False, "eu-west-1"),
        ("https://s3.dualstack.eu-west-1.amazonaws.com", False, "eu-west-1"),
        ("https://s3.cn-north-1.amazonaws.com.cn", False, "cn-north-1"),
        ("https://s3-eu-west-1.amazonaws.com", False, "eu-west-1"),
        ("https://bucket.s3.us-gov-west-1.amazonaws.com", False, "us-gov-west-1"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", False, "us-east-1"),
        ("https://s3.us-east-9.amazonaws.com", False, "us-east-9"),
        ("https://s3.amazonaws.com", False, ""),
        ("docdb.example.com", False, ""),
        ("mongodb.example.com", False, ""),
    ],
)
def test_endpoints(host: str, documentdb: bool, region: str) -> None:
    assert aws.is_documentdb(host) is documentdb
    assert aws.endpoint_region(host) == region


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (aws.host_problem, "db"),
        (aws.host_problem, "db.example.com"),
        (aws.host_problem, "10.0.0.1"),
        (aws.host_problem, "a-b.c1.svc.cluster.local"),
        (aws.url_problem, "https://s3.us-east-1.amazonaws.com"),
        (aws.url_problem, "http://minio:9000/path"),
        (aws.url_problem, "https://3F0A6C8D2B.gr7.us-east-1.eks.amazonaws.com"),
        (aws.registry_problem, "docker.io/acme"),
        (aws.registry_problem, "registry:5000"),
        (aws.registry_problem, "harbor.example.com/project/models"),
        (aws.registry_problem, "localhost:5000"),
        (aws.host_port_problem, "smtp.example.com:587"),
        (aws.host_port_problem, "smtp.example.com"),
        (aws.account_problem, "012345678901"),
    ],
)
def test_fine(check: Callable[[str], str], text: str) -> None:
    assert check(text) == ""


@pytest.mark.parametrize(
    ("check", "text", "said"),
    [
        (aws.host_problem, "", "missing"),
        (aws.host_problem, "https://db", "without a scheme"),
        (aws.host_problem, "jdbc:postgresql://db", "host"),
        (aws.host_problem, "db:5432", "without the port"),
        (aws.host_problem, "db/hydro", "without a path"),
        (aws.host_problem, "me@db", "without a user"),
        (aws.host_problem, "DB", "lower case"),
        (aws.host_problem, "10.0.0.300", "neither"),
        (aws.host_problem, "a_b", "letters"),
        (aws.host_problem, "a..b", "letters"),
        (aws.host_problem, "a b", "letters"),
        (aws.host_problem, "a." * 130 + "b", "253"),
        (aws.url_problem, "s3.us-east-1.amazonaws.com", "scheme"),
        (aws.url_problem, "s3://bucket", "http or https"),
        (aws.url_problem, "https://", "missing"),
        (aws.url_problem, "https://a:b", "port"),
        (aws.url_problem, "https://a:99999", "port"),
        (aws.url_problem, "https://u:p@a", "no user"),
        (aws.url_problem, "https://a/b?c", "no query"),
        (aws.registry_problem, "https://docker.io/acme", "without a scheme"),
        (aws.registry_problem, "docker.io/Acme", "lower case"),
        (aws.registry_problem, "docker.io/acme/", "no slash at its end"),
        (aws.registry_problem, "docker.io//acme", "slash"),
        (aws.registry_problem, "u@docker.io", "without a user"),
        (aws.host_port_problem, "smtp.example.com:", "port"),
        (aws.host_port_problem, "smtp://example.com", "without a scheme"),
        (aws.account_problem, "1234-5678-9012", "twelve digits"),
    ],
)
def test_not_fine(check: Callable[[str], str], text: str, said: str) -> None:
    assert said in check(text)


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        ("arn:aws:acm:us-east-1:123456789012:certificate/x", ""),
        ("arn:aws-cn:acm:cn-north-1:123456789012:certificate/x", ""),
        ("arn:aws:iam::123456789012:server-certificate/x", "ARN of iam"),
        ("arn:aws:acm:us-east-1a:123456789012:certificate/x", "zone"),
        ("arn:aws:acm:us-east-9:123456789012:certificate/x", "no region of the partition aws"),
        ("arn:aws-cn:acm:us-east-1:123456789012:certificate/x", "of the partition aws, not of aws-cn"),
        ("arn:aws:acm:us-east-1:123:certificate/x", "twelve digits"),
        ("certificate/x", "form"),
        ("arn:aws:acm:us-east-1:123456789012:", "form"),
    ],
)
def test_arns(arn: str, said: str) -> None:
    problem = aws.arn_problem(arn, "acm")
    assert said in problem
    assert bool(problem) is bool(said)

"""What AWS takes for a region, a bucket, a registry or an endpoint, and what a host or an address must look like. Pure.

Each `*_problem` says in one sentence what is wrong, the empty text where nothing is; none raises. Sources: the
partitions of botocore (`regions`), the S3 guide "General purpose bucket naming rules", the ECR API model (2026-11).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from difflib import get_close_matches

from .regions import REGIONS, SOURCE

# What has the form of a region; whether it is one says the table.
_DIRECTIONS = "north|south|east|west|central|northeast|northwest|southeast|southwest"
_REGION = re.compile(
    rf"(?:(?:us|eu|ap|sa|ca|me|af|il|mx)-(?:{_DIRECTIONS})|cn-(?:{_DIRECTIONS})|us-gov-(?:{_DIRECTIONS})"
    rf"|eusc-de-(?:{_DIRECTIONS})|us-iso[bf]?-(?:{_DIRECTIONS})|eu-isoe-(?:{_DIRECTIONS}))-[1-9][0-9]?"
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_USERINFO = r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^/@\s]*@"
# Compiled when one is first used: a start of `lint` would take milliseconds for those that it never needs.
_ECR = (
    r"(?P<account>[0-9]{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|on\.aws)"
    r"(?P<path>/.*)?"
)
_DOCUMENTDB = r"(?i)[a-z0-9.-]+\.docdb(?:-elastic)?\.(?:[a-z0-9-]+\.)?amazonaws\.(?:com(?:\.cn)?|eu)(?::[0-9]+)?"
_ENDPOINT_REGION = (
    r"(?:\.|/|^)(?:rds|docdb|docdb-elastic|s3|ecr)[.-](?:fips\.)?(?:dualstack\.)?(?P<before>[a-z]{2,4}(?:-[a-z]+)+-[0-9]+)\."
    r"|\.(?P<after>[a-z]{2,4}(?:-[a-z]+)+-[0-9]+)\.(?:rds|docdb|docdb-elastic)\."
)
_REPOSITORY = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
_EXAMPLE_BUCKET = (
    r"(?:my|your|test|example|sample|some|foo|bar)(?:[.-]?(?:s3|aws))?[.-]?(?:bucket|s3)?(?:[.-]?(?:name|[0-9]+))?"
    r"|bucket[.-]?[0-9]*"
)


def region_problem(text: str) -> str:
    """Whether `text` is no region: unknown in every partition, or the name of a zone (`eu-west-1a`)."""
    if text in REGIONS:
        return ""
    meant = _meant(text.lower(), tuple(REGIONS))
    if has_region_form(text):
        partition = _partition(text)
        where = f"of the partition {partition}" if partition else "of any partition"
        return f"{text} is no region {where}, as {SOURCE} lists them{meant}"
    if re.fullmatch(rf"(?:{_REGION.pattern})(?:[a-z]|-[a-z0-9-]+)", text):
        found = _REGION.match(text)
        if found is not None and found.group() in REGIONS:
            return f"{_cut(text)} is a zone, the region is {found.group()}"
    return f"{_cut(text)} is not an AWS region{meant}"


def has_region_form(text: str) -> bool:
    """Whether `text` is written as regions are, though there may be none of that name."""
    return _REGION.fullmatch(text) is not None


def account_problem(text: str) -> str:
    """Whether `text` is no account id: twelve digits, leading zeros included."""
    return "" if re.fullmatch(r"[0-9]{12}", text) else "an account id is twelve digits"


def bucket_problem(text: str) -> str:
    """Whether S3 refuses `text` as the name of a general purpose bucket."""
    if not 3 <= len(text) <= 63:
        return "a bucket's name has 3 to 63 characters"
    if not re.fullmatch(r"[a-z0-9.-]+", text):
        return "a bucket's name has lower case letters, digits, dots and hyphens only"
    if not (text[0].isalnum() and text[-1].isalnum()):
        return "a bucket's name begins and ends with a letter or a digit"
    if ".." in text:
        return "a bucket's name has no two dots in a row"
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+){3}", text):
        return "a bucket's name must not look like an IP address"
    for prefix in ("xn--", "sthree-", "amzn-s3-demo-"):
        if text.startswith(prefix):
            return f"S3 keeps names that begin with {prefix} for itself"
    for suffix in ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"):
        if text.endswith(suffix):
            return f"S3 keeps names that end with {suffix} for itself"
    if text.endswith("-an"):
        regional = re.fullmatch(r".+-[0-9]{12}-(.+)-an", text)
        if not regional or not has_region_form(regional.group(1)):
            return "names that end with -an have the form PREFIX-ACCOUNT-REGION-an"
    return ""


def bucket_doubt(text: str) -> str:
    """Why a legal bucket name is hardly meant: dots, or the name out of an example. Empty: fine."""
    if "." in text:
        return "dots in a bucket's name break TLS for virtual-hosted addresses"
    if re.fullmatch(_EXAMPLE_BUCKET, text):
        return f"{text} is a name out of an example, and bucket names are taken by whoever comes first"
    return ""


def is_ecr(host: str) -> bool:
    """Whether a registry's host or url (without scheme) is a private registry of Amazon ECR."""
    return re.fullmatch(_ECR, host) is not None


def ecr_region(host: str) -> str:
    """The region in an ECR host or url, empty where it is none."""
    found = re.fullmatch(_ECR, host)
    return found.group("region") if found else ""


def ecr_account(host: str) -> str:
    """The account id in an ECR host or url, empty where it is none."""
    found = re.fullmatch(_ECR, host)
    return found.group("account") if found else ""


def is_aws_host(address: str) -> bool:
    """Whether the host of an address, with scheme, port and path or without, is one of AWS's own endpoints."""
    host = _SCHEME.sub("", address).partition("/")[0].partition(":")[0]
    return (
        re.search(r"\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|api\.aws|api\.amazonwebservices\.com\.cn)$", host) is not None
    )


def is_documentdb(host: str) -> bool:
    """Whether `host` is an endpoint of Amazon DocumentDB."""
    return re.fullmatch(_DOCUMENTDB, host) is not None


def is_reader(host: str) -> bool:
    """Whether `host` is the reader endpoint of an Aurora or DocumentDB cluster: it takes no writes."""
    return ".amazonaws." in host and re.search(r"\.cluster-ro-[a-z0-9]+\.", host) is not None


def endpoint_region(host: str) -> str:
    """The region that the name of an RDS, DocumentDB, S3 or ECR endpoint states, with or without scheme, else empty.

    Of the form of a region; there may be none of that name.
    """
    if ".amazonaws." not in host:
        return ""
    found = re.search(_ENDPOINT_REGION, host)
    region = (found.group("before") or found.group("after")) if found else ""
    return region if has_region_form(region) else ""


def arn_region(arn: str) -> str:
    """The region in an ARN, empty where the text is none or the resource is global."""
    parts = arn.split(":", 5)
    return parts[3] if len(parts) == 6 and parts[0] == "arn" else ""


def arn_problem(text: str, service: str) -> str:
    """Whether `text` is no ARN of that service: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not re.fullmatch(r"aws(?:-[a-z-]+)?", parts[1]) or not parts[5]:
        return "an ARN has the form arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"
    if parts[2] != service:
        return f"this is an ARN of {parts[2] or 'nothing'}, one of {service} is wanted"
    partition = REGIONS.get(parts[3], parts[1])
    if partition != parts[1]:
        return f"{parts[3]} is a region of the partition {partition}, not of {parts[1]}"
    return region_problem(parts[3]) or account_problem(parts[4])


def host_problem(text: str) -> str:
    """Whether `text` is not a bare host: a scheme, a port, a path, a user, or no host name at all."""
    if _SCHEME.match(text):
        return "a bare host is wanted here, without a scheme"
    if re.match(_USERINFO, text):
        return "a bare host is wanted here, without a user"
    if "/" in text:
        return "a bare host is wanted here, without a path"
    name, colon, port = text.partition(":")
    if colon and port.isdigit():
        return f"a bare host is wanted here, without the port :{port[:5]}"
    return _name_problem(name if not colon else text)


def url_problem(text: str, example: str = "https://host.example.com") -> str:
    """Whether `text` is not the address of an http or https service: `SCHEME://HOST[:PORT][/PATH]`."""
    if not _SCHEME.match(text):
        return f"an address with its scheme is wanted here, such as {example}"
    scheme, _, rest = text.partition("://")
    if scheme not in ("http", "https"):
        return f"http or https is wanted here, not {_cut(scheme)}"
    authority, _, path = rest.partition("/")
    if "@" in authority:
        return "an address holds no user and no password"
    if re.search(r"[\s?#\"'\\]", path):
        return "an address here has no query, no fragment, no blank and no quote"
    return _authority_problem(authority.lower())  # EKS writes its endpoints in upper case


def registry_problem(text: str) -> str:
    """Whether `text` is not a registry as the chart takes it: `HOST[:PORT][/PATH]`, no scheme, lower case."""
    if _SCHEME.match(text):
        return "a registry is written without a scheme, such as docker.io/acme"
    if re.match(_USERINFO, text):
        return "a registry is written without a user"
    authority, slash, path = text.partition("/")
    problem = _authority_problem(authority)
    if problem:
        return problem
    if slash and not re.fullmatch(_REPOSITORY, path):
        return "the path of a registry has lower case letters, digits and . _ - / only, and no slash at its end"
    return ""


def host_port_problem(text: str) -> str:
    """Whether `text` is not `HOST` or `HOST:PORT`."""
    if _SCHEME.match(text):
        return "a host is wanted here, without a scheme"
    return _authority_problem(text)


def _authority_problem(text: str) -> str:
    name, colon, port = text.partition(":")
    if colon and not (port.isdigit() and 0 < int(port[:6]) < 65536):
        return "a port is a number from 1 to 65535"
    return _name_problem(name)


def _name_problem(name: str) -> str:
    if not name:
        return "the host is missing"
    if len(name) > 253:
        return "a host name has 253 characters at most"
    if re.fullmatch(r"[0-9.]+", name):
        try:
            ipaddress.IPv4Address(name)
        except ValueError:
            return f"{_cut(name)} is neither a host name nor an IP address"
        return ""
    if name != name.lower():
        return "a host name is written in lower case"
    if not _HOST.fullmatch(name):
        return (
            "a host name has letters, digits, hyphens and dots, each part beginning and ending with a letter or digit"
        )
    return ""


def _meant(text: str, known: Sequence[str]) -> str:
    close = get_close_matches(text, sorted(known), n=8, cutoff=0.7)
    # Letters in another order are the likeliest slip, then another number: of several the first.
    swapped = [name for name in close if sorted(name) == sorted(text)]
    likely = swapped or sorted(name for name in close if _place(name) == _place(text)) or close
    return f"; did you mean {likely[0]}?" if likely else ""


def _place(region: str) -> str:
    """A region without its number."""
    return region.rpartition("-")[0]


def _partition(region: str) -> str:
    """The partition that has regions in the part of the world that a region names; empty where none has."""
    part = _place(_place(region))
    return next((partition for name, partition in REGIONS.items() if _place(_place(name)) == part), "")


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."

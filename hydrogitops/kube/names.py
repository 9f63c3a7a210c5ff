"""The rules for names: labels, DNS names, ports, environment variables, ConfigMap keys, and limits that follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .arguments import require

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS1123_LABEL = re.compile(_LABEL)
_DNS1123_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_DNS1035_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LABEL_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_PORT_CHARACTERS = re.compile(r"[-a-z0-9]+")
_LETTER = re.compile(r"[a-z]")
_ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_CONFIGMAP_KEY = re.compile(r"[-._a-zA-Z0-9]+")

_LABEL_CHARACTERS = "must be letters, digits, '-', '_' or '.', with a letter or digit at both ends"
_SUBDOMAIN_CHARACTERS = (
    "must be lower-case letters, digits, '-' or '.', with a letter or digit at both ends of each part"
)


@dataclass(frozen=True, slots=True)
class NameLimit:
    """The longest name of a kind of object, shorter than the rule for its syntax allows."""

    characters: int
    why: str


NAME_LIMITS: Mapping[str, NameLimit] = MappingProxyType(
    {
        # Pods carry controller-revision-hash: NAME-HASH with up to ten characters of hash, a label value.
        "StatefulSet": NameLimit(52, "its pods carry the name and a hash of ten characters in one label"),
        # batch/validation/validation.go, 1.37.2: 63 less the 11 characters that each Job's name appends.
        "CronJob": NameLimit(52, "each Job appends eleven characters, and a Job's name becomes a label"),
        "Job": NameLimit(63, "its pods carry the name as a label"),
        "Service": NameLimit(63, "the name is a DNS label"),
        "Namespace": NameLimit(63, "the name is a DNS label"),
        # helm pkg/chart/common/util/validate_name.go: checked at install and by `helm template`.
        "Helm release": NameLimit(53, "Helm leaves ten characters to what a chart appends"),
    }
)
"""Kind of object, or `Helm release`, to its limit. Argo CD names the release after the Application, Flux after the
HelmRelease, unless a release name is set."""


def validate_name(kind: str, text: str) -> list[str]:
    """One message for each rule that `text` breaks as a name of that kind; empty: valid.

    `kind`: `label-key`, `label-value`, `dns1123-label`, `dns1123-subdomain`, `dns1035-label`, `env-name`,
    `configmap-key`, `port-name`; `ValueError` for others. Lengths are bytes of UTF-8. Rules: apimachinery
    util/validation/validation.go and api/validate/content, 1.37.2. `env-name` is the rule for names that every
    version takes; 1.34 and later take any printable ASCII but `=`.
    """
    require(text, str, "text")
    rule = _RULES.get(kind)
    if rule is None:
        raise ValueError(f"no kind of name: {kind!r}; one of {', '.join(_RULES)}")
    return rule(text)


def _label_key(text: str) -> list[str]:
    prefix, slash, name = text.rpartition("/")
    if "/" in prefix:
        return [f"must be a name, or a DNS name, '/' and a name; each {_LABEL_CHARACTERS}"]
    found = []
    if slash and not prefix:
        found.append("the part before '/' must not be empty")
    elif slash:
        found += [f"the part before '/' {message}" for message in _dns1123_subdomain(prefix)]
    part = "the part after '/'" if slash else "the name"
    if not name:
        found.append(f"{part} must not be empty")
    found += [f"{part} {message}" for message in _too_long(name, 63)]
    if not _LABEL_NAME.fullmatch(name):
        found.append(f"{part} {_LABEL_CHARACTERS}")
    return found


def _label_value(text: str) -> list[str]:
    found = _too_long(text, 63)
    if text and not _LABEL_NAME.fullmatch(text):
        found.append(f"{_LABEL_CHARACTERS}, or empty")
    return found


def _dns1123_label(text: str) -> list[str]:
    found = _too_long(text, 63)
    if not _DNS1123_LABEL.fullmatch(text):
        if _DNS1123_SUBDOMAIN.fullmatch(text):
            found.append("must not contain dots")
        else:
            found.append("must be lower-case letters, digits or '-', with a letter or digit at both ends")
    return found


def _dns1123_subdomain(text: str) -> list[str]:
    found = _too_long(text, 253)
    if not _DNS1123_SUBDOMAIN.fullmatch(text):
        found.append(_SUBDOMAIN_CHARACTERS)
    return found


def _dns1035_label(text: str) -> list[str]:
    found = _too_long(text, 63)
    if not _DNS1035_LABEL.fullmatch(text):
        found.append("must be lower-case letters, digits or '-', with a letter first and a letter or digit last")
    return found


def _port_name(text: str) -> list[str]:
    found = _too_long(text, 15)
    if not _PORT_CHARACTERS.fullmatch(text):
        found.append("must be lower-case letters (a-z), digits and '-'")
    if not _LETTER.search(text):
        found.append("must contain at least one letter (a-z)")
    if "--" in text:
        found.append("must not contain two hyphens in a row")
    if text.startswith("-") or text.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return found


def _env_name(text: str) -> list[str]:
    found = []
    if not _ENV_NAME.fullmatch(text):
        found.append("must be letters, digits, '_', '-' or '.', and not begin with a digit")
    return found + _dots(text)


def _configmap_key(text: str) -> list[str]:
    found = _too_long(text, 253)
    if not _CONFIGMAP_KEY.fullmatch(text):
        found.append("must be letters, digits, '-', '_' or '.'")
    return found + _dots(text)


def _too_long(text: str, limit: int) -> list[str]:
    # A lone surrogate, which a YAML escape can make, counts like the replacement that Go puts in its place.
    length = len(text.encode("utf-8", "surrogatepass"))
    return [f"must be no more than {limit} characters"] if length > limit else []


def _dots(text: str) -> list[str]:
    """These names become file names, so they must not lead out of a folder."""
    if text in {".", ".."}:
        return [f"must not be '{text}'"]
    return ["must not begin with '..'"] if text.startswith("..") else []


_RULES: Mapping[str, Callable[[str], list[str]]] = {
    "label-key": _label_key,
    "label-value": _label_value,
    "dns1123-label": _dns1123_label,
    "dns1123-subdomain": _dns1123_subdomain,
    "dns1035-label": _dns1035_label,
    "env-name": _env_name,
    "configmap-key": _configmap_key,
    "port-name": _port_name,
}

"""What is known about a chart without rendering it: what drives which field, what is dead, what a value must be."""

from collections.abc import Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from hydrogitops.model import Route

Form = Literal[
    "boolean",
    "bucket",
    "host",
    "integer",
    "list",
    "map",
    "mode",
    "number",
    "region",
    "registry",
    "string",
    "url",
    "any",
]
"""What a value must be. `host`: no scheme, no port; `url`: with a scheme; `registry`: host and path, no scheme."""

LONGEST_IMAGE = 512
"""Characters of an image: repository 255, tag 128, digest 71 and what stands between (distribution, reference)."""
LONGEST_NAME = 63
"""Characters of a DNS label."""

KeyTree: TypeAlias = "Mapping[str, KeyTree | Form]"


class FieldSource(NamedTuple):
    """A value that decides a field of a rendered object.

    `name` and `container` are patterns: `{release}` stands for the release's name, `*` for anything. `path` begins at
    the container where `container` names one, else at the root of the object; an environment variable is
    ("env", NAME, "value"). A `*` in it stands for any one key.
    """

    value: Route
    kind: str
    name: str
    container: str
    path: Route
    whole: bool = True
    """The field is the value, subtrees map one to one; False: the value is a part of the text, or decides it."""
    also: tuple[Route, ...] = ()
    """Values that take part in the field, or decide it while `value` is empty: the first one that is set."""


class Target(NamedTuple):
    """A container (or, with an empty name, an object) that something is meant for; `name` as in `FieldSource`."""

    kind: str
    name: str
    container: str = ""


class DeadKey(NamedTuple):
    """A value that the chart takes without a word and never reads. `value` may contain `*` for one key."""

    value: Route
    rule: str
    meant: str
    """The key that was meant, dotted; empty where only a patch helps."""
    message: str
    objects: tuple[Target, ...] = ()


class Condition(NamedTuple):
    """A test on merged values: `set` (not empty, not false, as templates test), `unset`, `is`, `is-not` (with `text`).

    `on` and `off` are Helm's test of a dependency's condition: off only by the boolean false.
    """

    value: Route
    test: Literal["set", "unset", "is", "is-not", "on", "off"]
    text: str = ""

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether `values`, merged over the chart's defaults, pass the test."""
        node: object = values
        for key in self.value:
            node = node.get(str(key)) if isinstance(node, Mapping) else None
        if self.test in ("on", "off"):
            return (node is not False) == (self.test == "on")
        if self.test in ("is", "is-not"):
            return (node == self.text) == (self.test == "is")
        return bool(node) == (self.test == "set")


class Shape(NamedTuple):
    """What a value must look like. `pair`: the value that has to be set, or left empty, together with it."""

    value: Route
    form: Form
    message: str
    choices: tuple[str, ...] = ()
    pair: Route = ()
    breaks: bool = False
    """Otherwise nothing is rendered at all."""
    needed: tuple[Condition, ...] = ()
    """When it must be set, the switch first; empty: it may stay empty."""
    wanting: str = ""
    """What becomes of the services where it is needed and empty."""
    service: str = ""
    """The Service that they call then."""


class Forbidden(NamedTuple):
    """A value that must not be set at all. `value` may contain `*` for one key.

    `breaks`: with it nothing is rendered.
    """

    value: Route
    rule: str
    message: str
    breaks: bool = False


class Credential(NamedTuple):
    """A value that holds a credential, and the key of the Secret that the workloads read in its place.

    `default` is what the chart publishes, empty if nothing. `stand_in`: a text that is no secret must stay there, or
    the chart drops what reads the Secret.
    """

    value: Route
    secret: str
    key: str
    default: str = ""
    stand_in: bool = False


class Reader(NamedTuple):
    """Who reads a key of a Secret and how: `env`, `volume` or `imagePullSecrets`; `variable` for `env`."""

    kind: str
    name: str
    container: str
    how: Literal["env", "volume", "imagePullSecrets"]
    variable: str = ""


class SecretKey(NamedTuple):
    """A key of a Secret: who reads it, and what a value for it has to look like.

    `alphabet` and `length` (characters) are for making one; `minimum`, `maximum` bound any value's length, 0: free.
    `composed`: made of other parts by that name (`dockerconfigjson`, `registry-storage-init`, `alertmanager`).
    `same_as`: the (Secret, key) whose plaintext this one has to repeat.
    """

    name: str
    readers: tuple[Reader, ...] = ()
    alphabet: str = ""
    length: int = 0
    minimum: int = 0
    maximum: int = 0
    composed: str = ""
    same_as: tuple[str, str] | None = None
    when: tuple[Condition, ...] = ()
    """When the key belongs to the Secret; empty: always."""


class ChartSecret(NamedTuple):
    """A Secret that the chart's workloads read or that the chart renders.

    `needed`: when something reads it; `rendered`: when the chart makes it itself; all conditions of one have to hold.
    `kept_out`: the value that, set to the Secret's own name, keeps the chart from rendering it; empty: only a patch.
    """

    name: str
    type: str
    keys: tuple[SecretKey, ...]
    needed: tuple[Condition, ...] = ()
    rendered: tuple[Condition, ...] = ()
    kept_out: Route = ()
    optional: bool = False
    """Referred to even where nobody makes it: pods start without it."""
    dead: bool = False
    """Rendered and read by nobody."""
    by_patch: bool = False
    """Nothing of the chart: it takes this in plain text, and only a patch lets workloads read a Secret instead."""


class ScriptCase(NamedTuple):
    """What a start script passes to java when `variable` is set and not empty; an empty `variable`: otherwise.

    `options` holds `${NAME}` where the script puts a variable.
    """

    variable: str
    options: str


class ChartImage(NamedTuple):
    """An image whose JVM and start script are known."""

    match: str
    """A glob on the image without registry and digest: `hydrosphere/sonar:3.0.3`."""
    jdk: int | None
    update: int | None
    sees_limits: bool
    """Whether the JVM reads a container's limit on nodes with cgroup v2."""
    variables: tuple[str, ...]
    """Those that the start script passes to java."""
    script: tuple[ScriptCase, ...]
    """The first case that applies."""
    defaults: Mapping[str, str] = MappingProxyType({})
    """What the script takes for a variable that is not set."""

    def matches(self, image: str) -> bool:
        """Whether `image`, from whatever registry or folder of one, is this image."""
        if len(image) > LONGEST_IMAGE:
            return False
        return is_image(self.match, image)


class MovedImage(NamedTuple):
    """Repositories that are gone from where a chart expects them; `match` and `successor` are globs of repositories."""

    match: str
    successor: str
    message: str


class FixedImage(NamedTuple):
    """An image that no value can change: only a patch can."""

    image: str
    target: Target


class Switch(NamedTuple):
    """How a component is left out: `off` is the dependency's condition (empty: it has none).

    `outside`: what makes its workloads vanish because the service stands outside; `leaves`: objects that stay then.
    """

    component: str
    off: Route
    outside: tuple[Condition, ...]
    leaves: tuple[tuple[str, str], ...] = ()


class Unknown(NamedTuple):
    """A values path that nothing reads: the shortest unknown beginning of it, and the key that was likely meant."""

    path: Route
    meant: Route


class Contract(NamedTuple):
    """Everything that is known about one version of a chart."""

    chart: str
    version: str
    fields: tuple[FieldSource, ...]
    dead: tuple[DeadKey, ...]
    shapes: tuple[Shape, ...]
    forbidden: tuple[Forbidden, ...]
    credentials: tuple[Credential, ...]
    secrets: tuple[ChartSecret, ...]
    images: tuple[ChartImage, ...]
    without_jvm: tuple[str, ...]
    """Globs of images, as in `ChartImage`, that start no JVM."""
    moved: tuple[MovedImage, ...]
    fixed_images: tuple[FixedImage, ...]
    switches: tuple[Switch, ...]
    beyond: tuple[Route, ...]
    """Values that the chart reads and its stand-in does not: where one is set, the stand-in is not the whole truth."""
    keys: KeyTree
    """Each value that may be set, with the type of its default (`any` where it has none); a `map` is free-form."""

    def sources(
        self, kind: str, name: str, release: str, container: str, path: Route
    ) -> tuple[FieldSource, Route] | None:
        """The value that decides a field, and the rest of `path` below the field it decides; the most specific one.

        `path` as in `FieldSource`, in `kind`'s object `name`. None: no value decides it.
        """
        best: FieldSource | None = None
        for source in self.fields:
            if (
                source.kind == kind
                and _begins(source.path, path)
                and (best is None or _weight(source.path) > _weight(best.path))
                and named(source.container, container, release)
                and named(source.name, name, release)
            ):
                best = source
        return None if best is None else (best, path[len(best.path) :])

    def unknown(self, path: Route) -> Unknown | None:
        """What of a values path nothing reads; None for a path that is read, or lies in a free-form value."""
        level = self.keys
        for depth, key in enumerate(path):
            below = level.get(str(key))
            if below is None:
                # Another case is the likeliest slip: java_xmx for JAVA_XMX.
                by_case = {name.lower(): name for name in level}
                near = get_close_matches(str(key), level, n=1) or get_close_matches(str(key).lower(), by_case, n=1)
                return Unknown(path[: depth + 1], (*path[:depth], by_case[near[0].lower()]) if near else ())
            if isinstance(below, str):
                return None
            level = below
        return None

    def form(self, path: Route) -> Form | None:
        """The type of a value's default; None for a section, an unknown path, or what lies inside a free-form value."""
        node: KeyTree | Form | None = self.keys
        for key in path:
            node = node.get(str(key)) if isinstance(node, Mapping) else None
        return node if isinstance(node, str) else None


def matches(pattern: Route, path: Route) -> bool:
    """Whether a values path is the one that `pattern` names; `*` in it stands for one key."""
    return len(pattern) == len(path) and all(want in ("*", key) for want, key in zip(pattern, path, strict=True))


def named(pattern: str, name: str, release: str) -> bool:
    """Whether `pattern` (`{release}-manager`, `*-pdb`) names the object or container `name` in `release`.

    Charts cut names at 63 characters, so a name that was cut is taken too.
    """
    full = pattern.replace("{release}", release)
    return fnmatchcase(name, full) or (len(full) > LONGEST_NAME and name == full[:LONGEST_NAME].rstrip("-"))


def is_image(pattern: str, image: str) -> bool:
    parts = image.partition("@")[0].split("/")
    return any(fnmatchcase("/".join(parts[start:]), pattern) for start in range(len(parts)))


def _begins(pattern: Route, path: Route) -> bool:
    """Whether `path` is what `pattern` names, or lies below it; list positions are compared as text."""
    return len(pattern) <= len(path) and all(want in ("*", str(key)) for want, key in zip(pattern, path, strict=False))


def _weight(pattern: Route) -> tuple[int, int]:
    """The longer path is the more specific one, then the one with fewer `*`."""
    return len(pattern), -pattern.count("*")

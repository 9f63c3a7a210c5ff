"""Images that are a JDK and no more, whose tag says which one: a program in them is started by the manifest."""

from __future__ import annotations

import re
from typing import NamedTuple

_REPOSITORIES = {
    "eclipse-temurin": True,
    "amazoncorretto": True,
    "azul/zulu-openjdk": True,
    "azul/zulu-openjdk-alpine": True,
    "azul/zulu-openjdk-debian": True,
    # Ended with 8u342.
    "openjdk": False,
}
"""Repositories without registry, and whether a tag that names JDK 8 alone is one that sees limits on cgroup v2."""
_REGISTRIES = frozenset(("docker.io", "index.docker.io", "library", "public.ecr.aws", "docker", "amazoncorretto"))
_FIRST_8, _FIRST_11 = 372, 16
_JDKS = (8, 11, 17, 21, 25)
_TAG = re.compile(r"(\d+)(?:u(\d+)|\.0\.(\d+)(?:[._+]\d+)*)?(?=[-_]|$)")


class JavaImage(NamedTuple):
    """The JDK of an image, and whether it sees a container's memory limit on nodes with cgroup v2."""

    jdk: int
    sees_limits: bool


def java_image(image: str) -> JavaImage | None:
    """What the tag of a plain JDK image says; None for any other image."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    parts = name.split("/")
    start = 0
    while start < len(parts) - 1 and parts[start] in _REGISTRIES:
        start += 1
    current = _REPOSITORIES.get("/".join(parts[start:]))
    found = _TAG.match(tag)
    if current is None or found is None or int(found.group(1)) not in _JDKS:
        return None
    jdk = int(found.group(1))
    update = found.group(2) if jdk == 8 else found.group(3)
    if jdk == 8:
        return JavaImage(jdk, current if update is None else int(update) >= _FIRST_8)
    return JavaImage(jdk, jdk > 11 or update is None or int(update) >= _FIRST_11)

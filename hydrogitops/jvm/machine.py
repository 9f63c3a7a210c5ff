"""The machine that a JVM sees: memory and processors, through the container or past it."""

from __future__ import annotations

import math
from typing import NamedTuple

from hydrogitops.jvm.settings import Options


class Container(NamedTuple):
    """What the container is given and where it runs: bytes and cores, None for no limit."""

    memory: int | None
    cpus: float | None
    cpu_request: float | None
    host_memory: int
    host_cpus: int
    sees_limits: bool


class Machine(NamedTuple):
    """Bytes of memory and processors as the VM counts them.

    `sees` whether the container's limits reached it; `limit` what a file of cgroup v1 would tell one that asks.
    """

    memory: int
    cpus: int
    sees: bool
    limit: int | None


def machine(options: Options, container: Container) -> Machine:
    """What the VM of these options sees (osContainer_linux.cpp, os_linux.cpp of 8u272 to 25.0.2)."""
    sees = container.sees_limits and options.on("UseContainerSupport", default=True)
    memory = container.host_memory
    if sees and container.memory is not None:
        # 8 and 11 take a limit above the host's memory at its word.
        memory = container.memory if options.jdk <= 11 else min(container.memory, memory)
    asked = options.number("ActiveProcessorCount", 0)
    cpus = asked if asked > 0 else _processors(options, container) if sees else container.host_cpus
    return Machine(memory, cpus, sees, container.memory if container.sees_limits else None)


def _processors(options: Options, container: Container) -> int:
    quota = None if container.cpus is None else max(math.ceil(container.cpus - 1e-9), 1)
    shares = _shares(options, container)
    if quota is not None and shares is not None:
        prefer = options.on("PreferContainerQuotaForCPUCount", default=True)
        count = quota if prefer else min(quota, shares)
    else:
        count = quota or shares or container.host_cpus
    return min(count, container.host_cpus)


def _shares(options: Options, container: Container) -> int | None:
    """Processors by cpu.shares, as the kubelet derives them from requests.cpu; 1024 counts as unset."""
    if container.cpu_request is None or not (options.jdk <= 11 or options.on("UseContainerCpuShares")):
        return None
    shares = max(int(container.cpu_request * 1000 + 1e-6) * 1024 // 1000, 2)
    return None if shares == 1024 else math.ceil(shares / 1024)

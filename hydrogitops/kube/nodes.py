"""What an EKS node has for pods: allocatable resources by instance type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .eks import NODE_TYPES
from .quantity import Quantity

_EVICTION_MIB = 100
"""evictionHard memory.available of the AL2023 image."""
_ARM64_HIDDEN_MIB = 64
"""What Karpenter takes off first on arm64, for what the firmware keeps."""
_HIDDEN_PER_MILLE = 75
"""What of EC2's figure the kernel doesn't see, by Karpenter's default (VM_MEMORY_OVERHEAD_PERCENT 0.075)."""


@dataclass(frozen=True, slots=True)
class Allocatable:
    """What the pods of one node may request together, DaemonSets included: cores, bytes, pods, devices."""

    cpu: Quantity
    memory: Quantity
    pods: int
    gpus: int
    """`nvidia.com/gpu`."""
    devices: Mapping[str, int]
    """Accelerators by the name of their resource, GPUs among them."""


@dataclass(frozen=True, slots=True)
class NodeType:
    """Facts of an EC2 instance type. `pods`: with the address plan of the VPC CNI's defaults, no prefix delegation."""

    vcpus: int
    memory_mib: int
    architecture: str
    """As in the label kubernetes.io/arch."""
    pods: int
    devices: Mapping[str, int]


def node_type(instance_type: str) -> NodeType | None:
    """The facts of an instance type; None: unknown."""
    facts = NODE_TYPES.get(instance_type)
    if facts is None:
        return None
    vcpus, memory_mib, architecture, pods, devices = facts
    return NodeType(vcpus, memory_mib, architecture, pods, MappingProxyType(dict(devices)))


def allocatable(instance_type: str) -> tuple[Allocatable, Allocatable] | None:
    """The optimistic and the assured figure of a node of that type with the AL2023 image; None: unknown type.

    They differ in memory alone: optimistic is EC2's figure less what kubelet reserves, so more is never there;
    assured also takes off what Karpenter assumes that the kernel hides. Sources: awslabs/amazon-eks-ami
    nodeadm/internal/kubelet/config.go (kube-reserved, eviction), aws/karpenter-provider-aws
    pkg/providers/instancetype/types.go (overhead); both of 2026.
    """
    facts = node_type(instance_type)
    if facts is None:
        return None
    cpu = Quantity.parse(f"{facts.vcpus * 1000 - reserved_cpu(facts.vcpus)}m")
    visible = facts.memory_mib - (_ARM64_HIDDEN_MIB if facts.architecture == "arm64" else 0)
    hidden = -(-visible * _HIDDEN_PER_MILLE // 1000)
    taken = reserved_memory(facts.pods) + _EVICTION_MIB
    optimistic, assured = (
        Allocatable(
            cpu=cpu,
            memory=Quantity.parse(f"{mib - taken}Mi"),
            pods=facts.pods,
            gpus=facts.devices.get("nvidia.com/gpu", 0),
            devices=facts.devices,
        )
        for mib in (facts.memory_mib, visible - hidden)
    )
    return optimistic, assured


def reserved_cpu(vcpus: int) -> int:
    """Millicores that kubelet keeps: 6 % of a core, 1 % of the second, 0.5 % of two more, 0.25 % of the rest."""
    bands = ((1, 600), (1, 100), (2, 50), (vcpus, 25))
    reserved, left = 0, vcpus
    for cores, share in bands:
        taken = min(cores, left)
        reserved += taken * 1000 * share // 10_000
        left -= taken
    return reserved


def reserved_memory(pods: int) -> int:
    """MiB that kubelet keeps on a node of so many pods."""
    return 255 + 11 * pods

"""Every instance type whose allocatable Karpenter's reference lists, and the generated table."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

from hydrogitops.kube.nodes import allocatable, node_type, reserved_cpu, reserved_memory
from hydrogitops.kube.quantity import Quantity

from .rows import path

FACTS = json.loads(path("eks-instances.json").read_text(encoding="utf-8"))
ROOT = Path(__file__).parents[2]


def test_allocatable_of_every_type() -> None:
    found: list[str] = []
    for name, row in FACTS["instances"].items():
        figures, facts = allocatable(name), node_type(name)
        assert figures is not None
        assert facts is not None
        optimistic, assured = figures
        reference = row["karpenter_allocatable"]
        pairs = {
            "cpu": ((optimistic.cpu, assured.cpu), (Quantity.parse(reference["cpu"]),) * 2),
            "assured memory": (assured.memory, Quantity.parse(reference["memory"])),
            "optimistic memory": (optimistic.memory, Quantity.parse(f"{row['allocatable_memory_mib_upper']}Mi")),
            "pods": ((optimistic.pods, assured.pods), (int(reference["pods"]),) * 2),
            "gpus": (optimistic.gpus, row.get("gpu", {}).get("count", 0)),
            "neurons": (optimistic.devices.get("aws.amazon.com/neuron"), _count(reference, "aws.amazon.com/neuron")),
            "reserved cpu": (reserved_cpu(row["vcpu"]), row["kube_reserved_cpu_m"]),
            "reserved memory": (reserved_memory(row["max_pods"]), row["kube_reserved_memory_mib"]),
            "architecture": (facts.architecture, row["arch"]),
        }
        found += [f"{name}: {what} {ours} for {theirs}" for what, (ours, theirs) in pairs.items() if ours != theirs]
    assert not found, "\n".join(found)


def test_the_table_is_what_the_script_writes() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "make_eks_table.py"))
    assert script["table"](FACTS) == (ROOT / "hydrogitops" / "kube" / "eks.py").read_text(encoding="utf-8")


def _count(reference: dict[str, str], resource: str) -> int | None:
    return int(reference[resource]) if resource in reference else None

"""What the API server and the scheduler compute: quantities, tolerations, pod resources, nodes, names."""

from __future__ import annotations

from .problems import Problem

__all__ = ["Problem"]

"""Budgets that let no pod go: what would help is named, the replicas or the budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from .small import judge, place, told

RULE = "scheduling/single-replica-pdb"

TREE = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app, namespace: ml}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: app}}}}
  template:
    metadata: {{labels: {{app: app}}}}
    spec: {{containers: [{{name: main, image: x}}]}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: app, namespace: ml}}
spec:
  {budget}
  selector: {{matchLabels: {{app: app}}}}
"""


@pytest.mark.parametrize(
    ("replicas", "budget", "named"),
    [
        (1, "minAvailable: 1", "1\n  selector"),
        (1, "minAvailable: 50%", "1\n  selector"),
        (1, "maxUnavailable: 0", "0\n"),
        (1, "maxUnavailable: 0%", "0%"),
        (3, "maxUnavailable: 0", "0\n"),
        (1, "minAvailable: 100%", "100%"),
        (4, "minAvailable: 100%", "100%"),
        (2, "minAvailable: 2", "2\n  selector: {matchLabels: {app: app}}\n"),
        (1, "maxUnavailable: 1", ""),
        (1, "maxUnavailable: 1%", ""),
        (2, "minAvailable: 1", ""),
        (2, "minAvailable: 50%", ""),
        (0, "minAvailable: 1", ""),
        (1, "minAvailable: 0", ""),
        # None that the API server takes, and nothing to stumble over.
        (1, "minAvailable: \N{SUPERSCRIPT TWO}", ""),
        (1, "minAvailable: \N{SUPERSCRIPT TWO}%", ""),
        (1, f"minAvailable: '{'9' * 5000}'", ""),
    ],
)
def test_what_would_help_is_named(tmp_path: Path, replicas: int, budget: str, named: str) -> None:
    text = TREE.format(replicas=replicas, budget=budget)
    found = judge(tmp_path, {"app.yaml": text}, (RULE,))
    nth = text.count(named) if named.startswith("2") else 1
    assert told(found) == ([(RULE, "warning", "app.yaml", *place(text, named, nth))] if named else [])


@pytest.mark.parametrize(
    ("scaler", "told"),
    [
        ("{scaleTargetRef: {kind: Deployment, name: app}, minReplicas: 2, maxReplicas: 4}", 0),
        ("{scaleTargetRef: {kind: Deployment, name: app}, minReplicas: 1, maxReplicas: 4}", 1),
        ("{scaleTargetRef: {kind: Deployment, name: app}, maxReplicas: 4}", 1),
        ("{scaleTargetRef: {kind: Deployment, name: other}, minReplicas: 2, maxReplicas: 4}", 1),
    ],
)
def test_an_autoscaler_keeps_more_of_them(tmp_path: Path, scaler: str, told: int) -> None:
    text = TREE.format(replicas=1, budget="minAvailable: 1")
    more = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n"
        f"metadata: {{name: app, namespace: ml}}\nspec: {scaler}\n"
    )
    assert len(judge(tmp_path, {"app.yaml": text + more}, (RULE,))) == told

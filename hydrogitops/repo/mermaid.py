"""A repository's graph as a Mermaid flowchart, which GitHub, GitLab and most editors draw."""

from __future__ import annotations

from collections.abc import Iterator

from .addresses import shown
from .graph import Graph, Node, NodeKind

_SHAPES: dict[NodeKind, tuple[str, str]] = {
    "engine": (">", "]"),
    "environment": ("([", "])"),
    "kustomization": ("[", "]"),
    "values": ("(", ")"),
    "chart": ("[/", "/]"),
    "manifests": ("[", "]"),
    "rendered": ("[(", ")]"),
}
# Entities of Mermaid's own. `%%{` would be a directive, a backtick makes a label Markdown.
_ENTITIES = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "#": "#35;", "%": "#37;", "`": "#96;"}


def mermaid(graph: Graph) -> str:
    """The flowchart: what only one environment has stands in a box of its own, between what they share."""
    ids = {node.name: f"n{number}" for number, node in enumerate(graph.nodes, 1)}
    several = len({name for node in graph.nodes for name in node.environments}) > 1
    boxes: dict[str, list[Node]] = {}
    shared: list[Node] = []
    for node in graph.nodes:
        if several and len(node.environments) == 1:
            boxes.setdefault(node.environments[0], []).append(node)
        else:
            shared.append(node)
    lines = ["flowchart LR", *(f"  {_node(ids[node.name], node)}" for node in shared)]
    for number, (name, nodes) in enumerate(boxes.items(), 1):
        lines.append(f'  subgraph e{number}["{_label(name)}"]')
        lines += [f"    {_node(ids[node.name], node)}" for node in nodes]
        lines.append("  end")
    lines += _edges(graph, ids)
    return "\n".join(lines) + "\n"


def _node(name: str, node: Node) -> str:
    left, right = _SHAPES[node.kind]
    text = _label(node.name or ".")
    if node.holds:
        text += f"<br/>{_label(node.holds)}"
    return f'{name}{left}"{text}"{right}'


def _edges(graph: Graph, ids: dict[str, str]) -> Iterator[str]:
    for edge in graph.edges:
        label = f'|"{_label(edge.label)}"|' if edge.label else ""
        yield f"  {ids[edge.start]} -->{label} {ids[edge.end]}"


def _label(text: str) -> str:
    return "".join(_ENTITIES.get(one, one if one.isprintable() else " ") for one in shown(text))

"""Draw a computational graph from the names of its operations: the same look for any framework.

The layout is in layers: every operation stands above those that use its result, in the row just
above the furthest of them, so that the graph is read downwards and its result is at the bottom.
"""

from collections.abc import Hashable, Iterable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

from tandem.messages import say
from tandem.plot import COLOURS

Edge = tuple[Hashable, Hashable]
Place = tuple[float, float]
_SWEEPS = 4  # of ordering the rows; small graphs settle after two


def draw(
    nodes: Mapping[Hashable, str], edges: Iterable[Edge], title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw a graph downwards: what comes in has a dashed border, what is computed a solid one.

    Args:
        nodes: node -> the text in its box.
        edges: pairs (node, node that uses its result); a pair may occur twice.
        title: of the picture, translated.

    Raises ValueError for an empty graph, an edge to an unknown node, or a circle.
    """
    edges = list(edges)
    places = layout(nodes, edges)
    if ax is None:
        wide = 1 + max(x for x, _ in places.values()) - min(x for x, _ in places.values())
        deep = 1 + max(y for _, y in places.values())
        ax = plt.subplots(figsize=(2 + 1.5 * wide, 0.7 + 0.8 * deep), layout="constrained")[1]
    used = {target for _, target in edges}
    boxes = {}
    for node, text in nodes.items():
        computed = node in used
        boxes[node] = ax.text(
            *places[node],
            text,
            ha="center",
            va="center",
            zorder=2,
            bbox={
                "boxstyle": "round,pad=0.4",
                "facecolor": "white" if computed else "#e8e8e8",
                "edgecolor": COLOURS[0] if computed else "black",
                "linestyle": "-" if computed else "--",
            },
        )
    for (source, target), bend in zip(edges, _bends(edges), strict=True):
        ax.add_patch(_arrow(places[source], places[target], boxes[source], boxes[target], bend))
    xs, ys = zip(*places.values(), strict=True)
    ax.set_xlim(min(xs) - 0.7, max(xs) + 0.7)
    ax.set_ylim(min(ys) - 0.5, max(ys) + 0.5)
    ax.set_axis_off()
    if title:
        ax.set_title(say(title))
    return ax


def layout(nodes: Iterable[Hashable], edges: Iterable[Edge]) -> dict[Hashable, Place]:
    """Place every node: x in its row, centred on 0, and y, which is 0 where nothing follows.

    Raises ValueError for an empty graph, an edge to an unknown node, or a circle.
    """
    nodes, edges = list(nodes), list(edges)
    if not nodes:
        raise ValueError(say("A graph without nodes cannot be drawn."))
    if unknown := [node for edge in edges for node in edge if node not in set(nodes)]:
        raise ValueError(say("An edge names a node that is not there: {node}.", node=unknown[0]))
    height = _heights(nodes, edges)
    rows: list[list[Hashable]] = [[] for _ in range(1 + max(height.values()))]
    for node in nodes:
        rows[height[node]].append(node)
    place = {node: _spread(i, row) for row in rows for i, node in enumerate(row)}
    for _ in range(_SWEEPS):  # order each row by where its nodes' users and inputs stand
        for row in (*rows[1:], *rows[-2::-1]):
            row.sort(key=lambda node: _mean_place(node, edges, place))
            place |= {node: _spread(i, row) for i, node in enumerate(row)}
    return {node: (place[node], float(height[node])) for node in nodes}


def _heights(nodes: list[Hashable], edges: list[Edge]) -> dict[Hashable, int]:
    """Return for each node the length of the longest way down from it."""
    height = dict.fromkeys(nodes, 0)
    for _ in nodes:
        before = dict(height)
        for source, target in edges:
            height[source] = max(height[source], height[target] + 1)
        if height == before:
            return height
    raise ValueError(say("The graph runs in a circle."))


def _spread(i: int, row: list[Hashable]) -> float:
    return i - (len(row) - 1) / 2


def _mean_place(node: Hashable, edges: list[Edge], place: dict[Hashable, float]) -> float:
    near = [place[b] for a, b in edges if a == node] + [place[a] for a, b in edges if b == node]
    return float(np.mean(near)) if near else place[node]


def _bends(edges: list[Edge]) -> list[float]:
    """Return how far each edge curves, so that two between the same nodes are told apart."""
    return [
        0.25 * (edges[:i].count(edge) - (edges.count(edge) - 1) / 2) for i, edge in enumerate(edges)
    ]


def _arrow(start: Place, end: Place, source: Text, target: Text, bend: float) -> FancyArrowPatch:
    far = start[1] - end[1] > 1  # past a row: go round what stands there
    return FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>",
        mutation_scale=12,
        color="0.35",
        connectionstyle=f"arc3,rad={bend + (0.35 if far else 0)}",
        patchA=source.get_bbox_patch(),
        patchB=target.get_bbox_patch(),
        shrinkA=0,
        shrinkB=1,
        zorder=3,  # after the boxes, whose borders are known once they are drawn
    )

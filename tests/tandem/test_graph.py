"""Does a drawn graph read downwards, show every operation, and refuse what is no graph?"""

from collections.abc import Iterator

import pytest
from matplotlib import pyplot as plt

from tandem import graph

NODES = {"x": "x", "two": "Const", "pow": "Pow", "sin": "Sin", "mul": "Mul"}
EDGES = [("x", "pow"), ("two", "pow"), ("x", "sin"), ("pow", "mul"), ("sin", "mul")]


@pytest.fixture(autouse=True)
def no_display() -> Iterator[None]:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def test_does_every_operation_stand_above_those_that_use_it() -> None:
    places = graph.layout(NODES, EDGES)
    assert all(places[a][1] > places[b][1] for a, b in EDGES)
    assert places["mul"] == (0, 0)


def test_has_every_node_a_place_of_its_own() -> None:
    assert len(set(graph.layout(NODES, EDGES).values())) == len(NODES)


def test_do_no_edges_cross_where_none_need_to() -> None:
    places = graph.layout("abxy", [("a", "x"), ("b", "y"), ("x", "end"), ("y", "end")][:2])
    assert (places["a"][0] < places["b"][0]) == (places["x"][0] < places["y"][0])


def test_shows_the_drawing_every_name_and_every_edge() -> None:
    ax = graph.draw(NODES, [*EDGES, ("sin", "mul")], "a graph")
    assert sorted(text.get_text() for text in ax.texts) == sorted(NODES.values())
    assert len(ax.patches) == len(EDGES) + 1
    assert ax.get_title() == "a graph"
    borders = {text.get_text(): text.get_bbox_patch().get_linestyle() for text in ax.texts}
    assert borders["x"] != borders["Mul"]


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ({}, [], "without nodes"),
        ({"a": "a"}, [("a", "b")], "not there: b"),
        ({"a": "a", "b": "b"}, [("a", "b"), ("b", "a")], "circle"),
    ],
)
def test_is_what_is_no_graph_refused(
    nodes: dict[str, str], edges: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        graph.draw(nodes, edges)

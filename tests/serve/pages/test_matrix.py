"""Flows as a matrix."""

from __future__ import annotations

from stream.serve.pages.matrix import matrix_of, moves_first
from stream.store.queries.flows import Flow


def flow(origin: str, target: str, n_users: int) -> Flow:
    return Flow(origin, origin.upper(), target, target.upper(), n_users, n_users, ())


def test_a_cell_holds_the_flow_from_its_row_to_its_column() -> None:
    found = matrix_of([flow("a", "b", 3), flow("b", "a", 2), flow("x", "a", 1)], ["b", "a"])
    assert [origin.id for origin in found.origins] == ["b", "a", "x"]
    assert [target.id for target in found.targets] == ["b", "a"]
    numbers = [[cell.n_users if cell else 0 for cell in row] for row in found.cells]
    assert numbers == [[0, 2], [3, 0], [0, 1]]
    assert (found.largest, found.n_left_out) == (3, 0)


def test_the_segments_with_most_moves_are_shown_and_the_rest_is_counted() -> None:
    found = matrix_of([flow("a", "b", 9), flow("a", "c", 2), flow("c", "b", 1)], ["a", "b", "c"], n_max=2)
    assert ([origin.id for origin in found.origins], found.n_left_out) == (["a"], 3)


def test_first_results_come_last_and_do_not_set_the_shades() -> None:
    found = moves_first([flow("pending", "a", 99), flow("a", "b", 3)])
    assert [each.from_id for each in found] == ["a", "pending"]
    assert matrix_of(found, ["a", "b"]).largest == 3


def test_no_flows_are_an_empty_matrix() -> None:
    assert matrix_of([], ["a"]).origins == ()

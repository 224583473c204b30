from __future__ import annotations

import numpy as np

from stream.core.assignment import assign
from stream.core.segment_model import distances


def test_equal_distances_go_to_the_lower_index() -> None:
    (assignment,) = assign(np.array([[3.0, 1.0, 1.0]], np.float32))
    assert (assignment.nearest, assignment.runner_up, assignment.distance) == (1, 2, 1.0)
    (assignment,) = assign(np.array([[2.0, 1.0, 2.0]], np.float32))
    assert (assignment.nearest, assignment.runner_up) == (1, 0)


def test_the_only_segment_is_its_own_runner_up() -> None:
    (assignment,) = assign(np.array([[2.0]], np.float32))
    assert (assignment.nearest, assignment.runner_up, assignment.distances) == (0, 0, [2.0])


def test_distances_are_exact_at_zero_and_by_pythagoras() -> None:
    points = np.array([[0, 0], [3, 4]], np.float32)
    assert distances(points, points).tolist() == [[0.0, 5.0], [5.0, 0.0]]

from __future__ import annotations

import numpy as np

from stream.core.labels import NO_LABELS
from tests.core.builders import ENCODER, LABELS


def test_the_parameters_of_all_heads_stand_side_by_side() -> None:
    assert LABELS.weight.shape == (ENCODER.dimension, 5)
    diet, club = LABELS.heads
    assert np.array_equal(LABELS.weight[:, 3:], club.weight)
    assert np.array_equal(LABELS.bias, [*diet.bias, *club.bias])


def test_no_heads_have_no_parameters() -> None:
    assert (NO_LABELS.weight.shape, NO_LABELS.bias.shape) == ((0, 0), (0,))

from __future__ import annotations

import pytest

from stream.core.sentence.spans import within

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@pytest.mark.parametrize(
    ("span_ms", "words"),
    [
        (0, "at once"),
        (1, "within a minute"),
        (MINUTE_MS, "within a minute"),
        (MINUTE_MS + 1, "in 2 minutes"),
        (59 * MINUTE_MS, "in 59 minutes"),
        (59 * MINUTE_MS + 1, "in an hour"),
        (HOUR_MS, "in an hour"),
        (HOUR_MS + 1, "in 2 hours"),
        (23 * HOUR_MS, "in 23 hours"),
        (23 * HOUR_MS + 1, "in a day"),
        (DAY_MS + 1, "in 2 days"),
        (30 * DAY_MS, "in 30 days"),
    ],
)
def test_a_span_is_rounded_up_to_a_plain_unit(span_ms: int, words: str) -> None:
    assert within(span_ms) == words

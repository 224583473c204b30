"""A turn that cannot be delivered is repeated with fewer records, until one fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from stream.engines.transactional.outbox import Aborted
from stream.runtime.events import Delivered, NotDelivered
from stream.runtime.job import Batch
from tests.engines.loop import FakeDelivery, Loop


class NarrowDelivery(FakeDelivery):
    """A delivery with room for 3 records a turn."""

    def begin(self, batches: Sequence[Batch[list[int]]], consumer: Any) -> Any:
        """Refuse a larger turn."""
        number, n_records = self.n_begun, sum(len(batch.result) for batch in batches)
        self.fails = lambda n: Aborted("the transaction timed out") if n == number and n_records > 3 else None
        return super().begin(batches, consumer)


def test_a_turn_too_large_to_be_delivered_becomes_smaller_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Loop(monkeypatch)
    loop.delivery = NarrowDelivery()
    loop.run(batch_records=8)
    assert loop.delivery.done == {0: list(range(loop.n_records))}
    delivered = [
        sum(batch.n_records for batch in event.batches) for event in loop.events if isinstance(event, Delivered)
    ]
    assert max(delivered) <= 3
    assert sum(isinstance(event, NotDelivered) for event in loop.events) >= 2

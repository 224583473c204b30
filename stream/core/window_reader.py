"""Windows as they were decided, read: their texts and kinds are those of the partition, or of the batch."""

from __future__ import annotations

from collections.abc import Sequence

from stream.core.batch import Batch
from stream.core.evidence import MovedItem
from stream.core.kernel.blocks import Block
from stream.core.kernel.layout import NEW_TEXT
from stream.core.partition import PartitionState
from stream.core.state import StoredItem


class WindowReader:
    """A reader of the windows of one step."""

    def __init__(self, partition: PartitionState, batch: Batch) -> None:
        self._partition, self._batch = partition, batch
        self._texts: dict[int, str] = {}
        self._kinds: dict[int, str] = {}

    def moved(self, block: Block) -> list[MovedItem]:
        """Return the items for evidence."""
        self._read(block)
        return [
            MovedItem(event_id.decode(), self._kinds[item.kind], self._texts[item.text], item.time_ms)
            for item, event_id in zip(block.items, block.ids, strict=True)
        ]

    def stored(self, block: Block) -> tuple[StoredItem, ...]:
        """Return the items with their vectors."""
        self._read(block)
        return tuple(self._stored(block, at) for at in range(len(block.items)))

    def _stored(self, block: Block, at: int) -> StoredItem:
        item, dimension = block.items[at], self._partition.dimension
        scale, vector = self._vector(item.text)
        return StoredItem(
            id=block.ids[at].decode(),
            kind=self._kinds[item.kind],
            text=self._texts[item.text],
            time_ms=item.time_ms,
            amount=item.amount,
            scale=scale,
            vector=vector[:dimension],
            slot=item.slot,
            encoder=self._partition.encoder,
        )

    def _vector(self, number: int) -> tuple[float, bytes]:
        if number & NEW_TEXT:
            place, texts = number & ~NEW_TEXT, self._batch.texts
            return float(texts.scales[place]), texts.vectors[place].tobytes()
        text = self._partition.text(number)
        return text.scale, text.vector

    def _read(self, block: Block) -> None:
        """Read the texts and kinds of a window that were not read before."""
        self._learn(self._texts, {item.text for item in block.items}, self._batch.texts.texts, is_kind=False)
        self._learn(self._kinds, {item.kind for item in block.items}, self._batch.kinds, is_kind=True)

    def _learn(self, known: dict[int, str], numbers: set[int], of_batch: Sequence[str], is_kind: bool) -> None:
        missing = numbers - known.keys()
        for number in missing:
            if number & NEW_TEXT:
                known[number] = of_batch[number & ~NEW_TEXT]
        stored = [number for number in missing if not number & NEW_TEXT]
        if stored:
            known.update(zip(stored, self._partition.strings(stored, is_kind), strict=True))

"""Windows as they were decided, read: their texts and kinds are those of the partition, or of the batch."""

from __future__ import annotations

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
        return [
            MovedItem(event_id.decode(), self._kind(item.kind), self._text(item.text), item.time_ms)
            for item, event_id in zip(block.items, block.ids, strict=True)
        ]

    def stored(self, block: Block) -> tuple[StoredItem, ...]:
        """Return the items with their vectors."""
        return tuple(self._stored(block, at) for at in range(len(block.items)))

    def _stored(self, block: Block, at: int) -> StoredItem:
        item, dimension = block.items[at], self._partition.dimension
        scale, vector = self._vector(item.text)
        return StoredItem(
            id=block.ids[at].decode(),
            kind=self._kind(item.kind),
            text=self._text(item.text),
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

    def _text(self, number: int) -> str:
        text = self._texts.get(number)
        if text is None:
            is_new = number & NEW_TEXT
            text = self._batch.texts.texts[number & ~NEW_TEXT] if is_new else self._partition.string(number)
            self._texts[number] = text
        return text

    def _kind(self, number: int) -> str:
        kind = self._kinds.get(number)
        if kind is None:
            is_new = number & NEW_TEXT
            kind = self._batch.kinds[number & ~NEW_TEXT] if is_new else self._partition.string(number, is_kind=True)
            self._kinds[number] = kind
        return kind

"""Which segment model serves, from the compacted topic `segment-model`, read by every worker from its beginning."""

from __future__ import annotations

import structlog
from confluent_kafka import Message

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader
from stream.wire.promotions import SegmentPromotion
from stream.wire.published_models import PublishedModels
from stream.wire.topics import SEGMENT_MODEL

log = structlog.get_logger()


class ModelTopic:
    """The segment model that the trainer's last verdict names. Whatever can not be used, because it is damaged,
    missing, or made for another encoder or other features, does not serve, and what served before goes on.

    Under the wall clock people begin to pass when the verdict is on the topic, or at its own time if that is later;
    under the event clock at its own time, since when it was written says nothing there."""

    def __init__(self, connection: Connection, encoder: str, features: tuple[str, ...], clock: str) -> None:
        self._made_for, self._clock = (encoder, features), clock
        self._published = PublishedModels(self._fits)
        self._told: tuple[SegmentPromotion | None, int | None] = (None, None)
        self._caught_up = False
        self._reader = PartitionReader(connection)
        self._reader.start(SEGMENT_MODEL, {0: 0})

    def newest(self) -> Serving | None:
        """Read what has been published since the last call; does not wait."""
        messages, ends = self._reader.read(100, 0 if self._caught_up else 0.05)
        for message in messages:
            self._take(message)
        self._caught_up = self._caught_up or bool(ends)
        if self._caught_up:  # on the way there former verdicts come by, whose models may be gone by now
            self._tell()
        return self._published.serving

    def is_caught_up(self) -> bool:
        """Whether the end of the topic has been seen once."""
        return self._caught_up

    def close(self) -> None:
        """Leave the broker."""
        self._reader.close()

    def _take(self, message: Message) -> None:
        written_ms = message.timestamp()[1] if self._clock == "wall" else 0
        if reason := self._published.take(message.key(), message.value(), written_ms):
            log.error("segment model refused", offset=message.offset(), reason=reason)

    def _fits(self, model: SegmentModel) -> bool:
        return (model.encoder, model.features) == self._made_for

    def _tell(self) -> None:
        """Log what serves, once for each verdict."""
        decision, serving = self._published.decision, self._published.serving
        version = serving.model.version if serving else None
        if self._told == (decision, version):
            return
        self._told = (decision, version)
        if decision is None:
            return
        if serving and version == decision.segment_model:
            log.info("segment model", version=version, segments=len(serving.model.ids), ramp_ms=serving.ramp_ms)
        elif decision.segment_model in self._published.models:
            log.info(
                "segment model for another encoder or other features: one of this worker's own comes after a warm-up",
                version=decision.segment_model,
                serves_here=version,
            )
        else:
            log.error(
                "segment model can not serve: it is damaged or not on the topic; `segue models list` shows those that "
                "are, `segue models promote VERSION` lets one serve",
                version=decision.segment_model,
                serves_here=version,
            )

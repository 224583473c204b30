"""The serving segment model, read from the compacted topic `segment-model` by every worker."""

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
    """A reader of the model named by the trainer's last decision.

    A damaged or missing model, or one of another encoder or other features, does not serve; the previous one stays. The
    rollout of a model begins at the decision's own time. Under the wall clock it begins when the decision was written
    to the topic, if that is later.
    """

    def __init__(self, connection: Connection, encoder: str, features: tuple[str, ...], clock: str) -> None:
        self._made_for, self._clock = (encoder, features), clock
        self._published = PublishedModels(self._fits)
        self._logged: tuple[SegmentPromotion | None, int | None] = (None, None)
        self._caught_up = False
        self._reader = PartitionReader(connection)
        self._reader.start(SEGMENT_MODEL, {0: 0})

    def newest(self) -> Serving | None:
        """Read new records without waiting, and return the serving model; None before the first."""
        messages, ends = self._reader.read(100, 0 if self._caught_up else 0.05)
        for message in messages:
            self._take(message)
        self._caught_up = self._caught_up or bool(ends)
        if self._caught_up:  # earlier decisions name models that may be deleted by now
            self._log()
        return self._published.serving

    def is_caught_up(self) -> bool:
        """Return True once the end of the topic was reached."""
        return self._caught_up

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()

    def _take(self, message: Message) -> None:
        written_ms = message.timestamp()[1] if self._clock == "wall" else 0
        if reason := self._published.take(message.key(), message.value(), written_ms):
            log.error("segment model refused", offset=message.offset(), reason=reason)

    def _fits(self, model: SegmentModel) -> bool:
        return model.fits(*self._made_for)

    def _log(self) -> None:
        """Log the serving model, once for each decision."""
        decision, serving = self._published.decision, self._published.serving
        version = serving.model.version if serving else None
        if self._logged == (decision, version):
            return
        self._logged = (decision, version)
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

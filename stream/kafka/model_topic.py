"""Which segment model serves, from the compacted topic `segment-model`, read by every worker from its beginning."""

from __future__ import annotations

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.kafka.connection import Connection
from stream.training.values.promotion import Promotion
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
        self._told: tuple[Promotion | None, int | None] = (None, None)
        self._caught_up = False
        self._consumer = Consumer(
            connection.confluent()
            | {
                "group.id": "segue-models",  # never joined: the partition is assigned by hand
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
        )
        self._consumer.assign([TopicPartition(SEGMENT_MODEL, 0, 0)])

    def newest(self) -> Serving | None:
        """Read what has been published since the last call; does not wait."""
        for message in self._consumer.consume(100, timeout=0 if self._caught_up else 0.05):
            self._take(message)
        if self._caught_up:  # on the way there former verdicts come by, whose models may be gone by now
            self._tell()
        return self._published.serving

    def is_caught_up(self) -> bool:
        """Whether the end of the topic has been seen once."""
        return self._caught_up

    def close(self) -> None:
        """Leave the broker."""
        self._consumer.close()

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                self._caught_up = True
            elif not error.retriable():
                raise KafkaException(error)
            return
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
        if serving and version == decision.version:
            log.info("segment model", version=version, segments=len(serving.model.ids), ramp_ms=serving.ramp_ms)
        elif decision.version in self._published.models:
            log.info(
                "segment model for another encoder or other features: one of this worker's own comes after a warm-up",
                version=decision.version,
                serves_here=version,
            )
        else:
            log.error(
                "segment model can not serve: it is damaged or not on the topic; `segue models list` shows those that "
                "are, `segue models promote VERSION` lets one serve",
                version=decision.version,
                serves_here=version,
            )

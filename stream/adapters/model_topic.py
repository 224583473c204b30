"""Segment models from the compacted topic `segment-model`, read by every worker from its beginning."""

from __future__ import annotations

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream.adapters.connection import Connection
from stream.core.segment_model import SegmentModel
from stream.wire.segment_models import SegmentModelError, load_segment_model
from stream.wire.topics import SEGMENT_MODEL

log = structlog.get_logger()


class ModelTopic:
    """The newest usable segment model. One that is damaged, or made for another encoder or other features, is refused
    with a log line, and the former one stays."""

    def __init__(self, connection: Connection, encoder: str, features: tuple[str, ...]) -> None:
        self._made_for = (encoder, features)
        self._model: SegmentModel | None = None
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

    def newest(self) -> SegmentModel | None:
        """Read what has been published since the last call; does not wait."""
        for message in self._consumer.consume(100, timeout=0 if self._caught_up else 0.05):
            self._take(message)
        return self._model

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
        try:
            model = load_segment_model(message.value() or b"")
        except SegmentModelError as refused:
            log.error("segment model refused", offset=message.offset(), reason=str(refused))
            return
        if (model.encoder, model.features) != self._made_for:
            log.error("segment model refused", version=model.version, reason="made for another encoder or features")
            return
        self._model = model
        log.info("segment model", version=model.version, segments=len(model.ids))

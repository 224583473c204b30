"""The serving segment model, read from the compacted topic `segment-model` by every worker."""

from __future__ import annotations

from time import monotonic

import structlog
from confluent_kafka import KafkaError, KafkaException, Message

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.kafka.connection import Connection
from stream.kafka.partition_reader import Chunk, PartitionReader
from stream.kafka.topic_watch import TopicWatch
from stream.wire.promotions import SegmentPromotion
from stream.wire.published_models import PublishedModels
from stream.wire.topics import SEGMENT_MODEL

_NO_TOPIC = (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION)

log = structlog.get_logger()


class ModelTopic:
    """A reader of the model named by the trainer's last decision.

    A damaged or missing model, or one of another encoder or other features, does not serve; the previous one stays. The
    rollout of a model begins at the decision's own time. Under the wall clock it begins when the decision was written
    to the topic, if that is later. If the topic is made again, it is read from the beginning, and the model serves that
    did before, until the topic names another one.
    """

    def __init__(
        self, connection: Connection, watch: TopicWatch, encoder: str, features: tuple[str, ...], clock: str
    ) -> None:
        self._watch, self._topic_id = watch, ""
        self._made_for, self._clock = (encoder, features), clock
        self._published = PublishedModels(self._fits)
        self._logged: tuple[SegmentPromotion | None, int | None] = (None, None)
        self._caught_up = False
        self._before: Serving | None = None  # from a topic that was made again
        self._position, self._read_s = 0, monotonic()
        self._reader = PartitionReader(connection)
        self._reader.start(SEGMENT_MODEL, {0: 0})

    def newest(self) -> Serving | None:
        """Read new records without waiting, and return the serving model; None before the first."""
        self._follow_topic()
        messages, ends = self._read()
        for message in messages:
            self._take(message)
        self._position = max([self._position, *((each.offset() or 0) + 1 for each in messages)])
        self._position = max([self._position, *(end.offset for end in ends)])
        if self._n_waiting() == 0:
            self._read_s = monotonic()
        self._caught_up = self._caught_up or bool(ends)
        if self._caught_up:  # earlier decisions name models that may be deleted by now
            self._log()
        return self._published.serving or self._before

    def behind(self) -> tuple[str, float] | None:
        """Return the records that wait, in words, and for how many seconds; None at the end of the topic."""
        n, for_s = self._n_waiting(), monotonic() - self._read_s
        return (f"{n} records of {SEGMENT_MODEL} wait to be read, for {for_s:.0f} s", for_s) if n else None

    def is_caught_up(self) -> bool:
        """Return True once the end of the topic was reached."""
        return self._caught_up

    def close(self) -> None:
        """Disconnect."""
        self._reader.close()

    def _follow_topic(self) -> None:
        """Begin again if another topic of that name is there."""
        seen = self._watch.seen(SEGMENT_MODEL)
        if seen is None or seen.id == self._topic_id:
            return
        if self._topic_id:
            self._before = self._published.serving or self._before
            log.error(
                "segment-model was deleted and made again: the last model serves on here, and a restarted worker has "
                "none until one is published; restore the topic, or run `segue models renew`",
                serves_here=self._before.model.version if self._before else None,
            )
            self._published, self._caught_up, self._position = PublishedModels(self._fits), False, 0
            self._reader.stop(SEGMENT_MODEL, [0])
            self._reader.start(SEGMENT_MODEL, {0: 0})
        self._topic_id = seen.id

    def _read(self) -> Chunk:
        try:
            return self._reader.read(100, 0 if self._caught_up else 0.05)
        except KafkaException as exception:
            if exception.args[0].code() not in _NO_TOPIC:
                raise
            return Chunk([], [])  # the topic watch tells, and a new topic is read from its beginning

    def _n_waiting(self) -> int:
        seen = self._watch.seen(SEGMENT_MODEL)
        if seen is None or seen.id != self._topic_id or 0 not in seen.bounds:
            return 0
        return max(0, seen.bounds[0].end - max(self._position, seen.bounds[0].first))

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

"""The log of an engine's input: whether its own offsets count there, and how many records wait.

An offset is trusted only in the topic for which it was written, by id, and only if the log reaches there.
"""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import KafkaException

from stream.kafka.broker_errors import TopicsError
from stream.kafka.retry import retry_transient
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.events import ClientWarning, Observer, PositionMoved
from stream.runtime.job import Batch, Job, Reader, Result
from stream.runtime.watched import TopicSeen, move_to_log
from stream.wire.state_records import log_put

_ASK_S = 30.0  # as for the committed offsets, asked for next


class InputLog:
    """A job's input as the topic watch sees it, with the id of the topic for each owned partition's offsets."""

    def __init__(self, job: Job[Reader, Result], watch: TopicWatch, observer: Observer) -> None:
        self._role, self._topic, self._changelog = job.role, job.input_topic, job.changelog.name
        self._watch, self._notify = watch, observer
        self._ids: dict[int, str] = {}
        self._saved_ids: dict[int, str] = {}  # as in the changelog
        self._beyond: dict[int, tuple[int, int]] = {}  # positions beyond the end as seen, each with the number of looks
        self._wide = job.changelog.wide

    def check_partitions(self, ask: bool = False) -> None:
        """Raise TopicsError if input and changelog have different numbers of partitions; `ask` the cluster, or not.

        Records of a user would be in another partition than the user's state.
        """
        if ask:
            retry_transient(lambda: self._watch.look(self._topic, self._changelog), _ASK_S)
        seen, state = self._watch.seen(self._topic), self._watch.seen(self._changelog)
        if seen and state and seen.n_partitions != state.n_partitions:
            raise TopicsError(_disagreement(seen, state, self._wide))

    def begin(self, partition: int, position: int | None, log_id: str) -> int | None:
        """Begin to own a partition at `position`, an offset in the log `log_id`; None: at the first record.

        Return the offset to read from. None while the cluster does not say: try again.
        """
        seen = self._ask(partition)
        if seen is None:
            return None
        self._saved_ids[partition] = log_id
        if position is None:
            self._ids[partition] = seen.id
            return seen.bounds[partition].first
        return self._moved(partition, position, log_id, seen)

    def follow(self, partition: int, position: int) -> int | None:
        """Return the offset at which an owned partition continues, now. None while the cluster does not say."""
        seen = self._ask(partition)
        return None if seen is None else self._moved(partition, position, self._ids[partition], seen)

    def is_replaced(self) -> bool:
        """Return True if the watch has seen another topic of that name than the one of the owned partitions."""
        seen = self._watch.seen(self._topic)
        return seen is not None and any(topic_id != seen.id for topic_id in self._ids.values())

    def is_cut(self, partition: int, position: int) -> bool:
        """Return True if `position` is not in the log, by a look that began after `position` was reached."""
        seen = self._watch.seen(self._topic)
        if seen is None or seen.id != self._ids.get(partition) or partition not in seen.bounds:
            return False
        if position <= seen.bounds[partition].end:
            self._beyond.pop(partition, None)
            return position < seen.bounds[partition].first
        since, n_looks = self._beyond.get(partition, (-1, 0))
        if since != position:
            self._beyond[partition] = position, self._watch.n_looks
        return since == position and self._watch.n_looks > n_looks + 1

    def lag(self, partition: int, position: int) -> int:
        """Return the number of records at or after `position`, those of open transactions included.

        A transactional log ends in a marker, so `position` must be where the client has read to.
        """
        seen = self._watch.seen(self._topic)
        if seen is None or seen.id != self._ids.get(partition, seen.id) or partition not in seen.bounds:
            return 0
        bounds = seen.bounds[partition]
        return max(0, bounds.end - max(position, bounds.first))

    def stamp(self, batches: Sequence[Batch[Result]]) -> None:
        """Add the topic's id to batches whose changelog has another."""
        for batch in batches:
            topic_id = self._ids.get(batch.partition, "")
            if batch.next_offset is not None and topic_id != self._saved_ids.get(batch.partition):
                batch.puts.append(log_put(topic_id))

    def delivered(self, partition: int) -> None:
        """Remember that a batch of the partition was delivered."""
        self._saved_ids[partition] = self._ids[partition]

    def forget(self, partition: int) -> None:
        """Forget a partition that another worker owns now."""
        for known in (self._ids, self._saved_ids, self._beyond):
            known.pop(partition, None)

    def _ask(self, partition: int) -> TopicSeen | None:
        try:
            seen = self._watch.look(self._topic).get(self._topic)
        except KafkaException as exception:
            self._notify(ClientWarning(self._role, f"{self._topic} is not known: {exception.args[0].str()}"))
            return None
        return seen if seen is not None and partition in seen.bounds else None

    def _moved(self, partition: int, position: int, log_id: str, seen: TopicSeen) -> int:
        move = move_to_log(position, log_id, seen, partition, self._watch.former_end(self._topic, log_id, partition))
        self._ids[partition] = seen.id
        if move is None:
            return position
        self._notify(PositionMoved(self._role, self._topic, partition, position, move))
        return move.offset


def _disagreement(seen: TopicSeen, state: TopicSeen, can_grow: bool) -> str:
    found = (
        f"{seen.topic} has {seen.n_partitions} partitions, its state {state.topic} has {state.n_partitions}: "
        "a user's state would not be where the user's records are. Stop all workers and "
    )
    if can_grow and seen.n_partitions > state.n_partitions:
        return f"{found}run `segue topics grow --partitions {seen.n_partitions}`"
    return f"{found}make {seen.topic} again with {state.n_partitions} partitions"

"""The topic watch of a worker: one thread that looks at the topics every few seconds, and tells what it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event, Thread
from time import monotonic

from confluent_kafka import KafkaError, KafkaException

from stream.kafka.broker_errors import sentence_of
from stream.kafka.connection import Connection
from stream.kafka.topic_look import TopicLook
from stream.runtime.events import Observer, Watched
from stream.runtime.watched import Finding, FindingKind, TopicSeen
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_MODEL, TOPICS, USER_EVENTS, changelog, trainer_changelog

ROLE = "watch"
EVERY_S = 2.0
_BROKER_TIMED = frozenset(topic.name for topic in TOPICS if "message.timestamp.type" in topic.config)

_REFUSALS = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.CLUSTER_AUTHORIZATION_FAILED)


class TopicWatch:
    """A watch over a worker's inputs and changelogs, by local names. Its failures never reach the engines.

    Without `start` it only answers `look`. `is_wall` is False under the event clock: nobody's times matter then.
    """

    def __init__(
        self,
        connection: Connection,
        inputs: Sequence[str],
        changelogs: Sequence[str],
        is_wall: bool = True,
        every_s: float = EVERY_S,
    ) -> None:
        self._topics = TopicLook(connection)
        self._inputs, self._changelogs, self._is_wall, self._every_s = inputs, changelogs, is_wall, every_s
        self._servers = connection.bootstrap_servers
        self.n_looks = 0
        self._seen: Mapping[str, TopicSeen] = {}
        self._former: dict[str, TopicSeen] = {}  # as last seen before it was deleted or made again
        self._first_ids: dict[str, str] = {}
        self._open_since: dict[tuple[str, int], tuple[int, float]] = {}
        self._answered_s = monotonic()
        self._stop = Event()
        self._thread: Thread | None = None

    def seen(self, topic: str) -> TopicSeen | None:
        """Return the topic as of the last look, at once; None before the first, and for a missing topic."""
        return self._seen.get(topic)

    def former_end(self, topic: str, topic_id: str, partition: int) -> int:
        """Return where the log of a topic ended that is gone; 0 if this watch has not seen it."""
        former = self._former.get(topic)
        bounds = former.bounds.get(partition) if former and former.id == topic_id else None
        return bounds.end if bounds else 0

    def look(self, *topics: str) -> dict[str, TopicSeen]:
        """Ask for topics now; missing ones are left out. Raise KafkaException when the cluster does not answer."""
        found = self._topics.look(topics)
        self._remember({**self._seen, **found})
        return found

    def start(self, observer: Observer) -> None:
        """Begin to look, on a thread of its own, and to notify `observer` after each look."""
        self._thread = Thread(target=self._run, args=(observer,), name="topic-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking; a look in progress ends by itself."""
        self._stop.set()

    def _run(self, observer: Observer) -> None:
        while not self._stop.is_set():
            findings = self._findings()
            if not self._stop.is_set():
                observer(Watched(ROLE, findings))
            self._stop.wait(self._every_s)

    def _findings(self) -> tuple[Finding, ...]:
        try:
            self._remember(self._topics.look([*self._inputs, *self._changelogs]))
            self.n_looks += 1
        except KafkaException as exception:
            return (self._unanswered(exception.args[0], monotonic() - self._answered_s),)
        self._answered_s = monotonic()
        return self.judge(self._seen, self._answered_s)

    def _unanswered(self, error: KafkaError, for_s: float) -> Finding:
        if error.code() in _REFUSALS:
            words = f"the cluster does not describe the topics for {for_s:.0f} s: {sentence_of(error)}"
        else:
            words = f"no broker has answered for {for_s:.0f} s at {self._servers}: {error.str()}"
        return Finding(FindingKind.NO_BROKER, "", words)

    def _remember(self, seen: Mapping[str, TopicSeen]) -> None:
        gone = {t: each for t, each in self._seen.items() if t not in seen or seen[t].id != each.id}
        self._former |= gone
        self._seen = seen

    def judge(self, seen: Mapping[str, TopicSeen], now_s: float) -> tuple[Finding, ...]:
        """Return the findings in a look at the time `now_s`."""
        return (
            *_missing([topic for topic in (*self._inputs, *self._changelogs) if topic not in seen]),
            *self._replaced(seen),
            *self._open_transactions(seen, now_s),
            *(_producers_times(each.topic) for each in seen.values() if self._is_wrongly_timed(each)),
        )

    def _replaced(self, seen: Mapping[str, TopicSeen]) -> list[Finding]:
        for topic, each in seen.items():
            self._first_ids.setdefault(topic, each.id)
        return [
            Finding(
                FindingKind.CHANGELOG_REPLACED,
                topic,
                f"{topic} was deleted and made again: it lacks the state of users without events since then, and the "
                "next restart loses that. Keep this worker running, or restore the topic from a backup",
            )
            for topic in self._changelogs
            if topic in seen and seen[topic].id != self._first_ids[topic]
        ]

    def _open_transactions(self, seen: Mapping[str, TopicSeen], now_s: float) -> list[Finding]:
        """Return one finding for each input where the same transaction was open at the last look."""
        before, self._open_since = self._open_since, {}
        found = []
        for topic in (topic for topic in self._inputs if topic in seen):
            held = {p: b for p, b in seen[topic].bounds.items() if b.stable < b.end}
            for partition, bounds in held.items():
                stable, since_s = before.get((topic, partition), (-1, now_s))
                is_same = stable == bounds.stable
                self._open_since[topic, partition] = bounds.stable, since_s if is_same else now_s
            ages_s = {p: now_s - self._open_since[topic, p][1] for p in held}
            lasting = [p for p, age_s in ages_s.items() if age_s > 0]
            if lasting:
                n = sum(held[p].end - held[p].stable for p in lasting)
                found.append(_open_transaction(topic, lasting, n, max(ages_s.values())))
        return found

    def _is_wrongly_timed(self, seen: TopicSeen) -> bool:
        return self._is_wall and seen.topic in _BROKER_TIMED and seen.by_producers is True


def watch_topics(connection: Connection, group: str, learns: bool, is_wall: bool) -> TopicWatch:
    """Return a watch over the topics of a worker's jobs; `learns` is False without a trainer."""
    inputs = [USER_EVENTS, *([PROFILE_SAMPLE, SEGMENT_MODEL] if learns else [])]
    changelogs = [changelog(group).name, *([trainer_changelog(group).name] if learns else [])]
    return TopicWatch(connection, inputs, changelogs, is_wall)


def _missing(topics: Sequence[str]) -> list[Finding]:
    words = "{} does not exist: run `segue topics create`, or restore it from a backup"
    return [Finding(FindingKind.MISSING, topic, words.format(topic)) for topic in topics]


def _open_transaction(topic: str, partitions: list[int], n: int, age_s: float) -> Finding:
    where = ", ".join(map(str, partitions))
    return Finding(
        FindingKind.OPEN_TRANSACTION,
        topic,
        f"an open transaction of a producer on {topic} [{where}] holds back {n} records for {age_s:.0f} s: it ends "
        "with its producer's commit, abort or transaction timeout; `kafka-transactions.sh` finds and aborts it",
    )


def _producers_times(topic: str) -> Finding:
    return Finding(
        FindingKind.PRODUCERS_TIMES,
        topic,
        f"records of {topic} carry their producers' times, so producers' clocks decide: set "
        "message.timestamp.type=LogAppendTime on the topic, then restart the workers",
    )

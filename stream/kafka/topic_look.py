"""Asking a cluster for topics: ids, partitions, bounds of their logs, and whose times their records carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.admin._resource import ResourceType

from stream.kafka.connection import Connection
from stream.runtime.watched import Bounds, TopicSeen

ASK_S = 5.0  # for one answer
TIMESTAMP_TYPE = "message.timestamp.type"
_MISSING = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.UNKNOWN_TOPIC_ID})


class TopicLook:
    """A client that describes topics, by local names. Every call blocks for at most a few times `ASK_S`."""

    def __init__(self, connection: Connection) -> None:
        self._namespace = connection.namespace
        self._admin = AdminClient(connection.confluent())
        self._by_producers: dict[str, bool | None] = {}  # by topic id; a change of the setting shows after a restart

    def look(self, topics: Sequence[str]) -> dict[str, TopicSeen]:
        """Return the topics that exist. Raise KafkaException when the cluster does not answer."""
        described = self._described(topics)
        places = [TopicPartition(self._namespace.qualify(t), p) for t, (_, n) in described.items() for p in range(n)]
        first, stable, end = self._ends(places)
        found = {}
        for topic, (topic_id, n_partitions) in described.items():
            at = {p: (self._namespace.qualify(topic), p) for p in range(n_partitions)}
            bounds = {
                p: Bounds(first[key], stable[key], max(stable[key], end[key]))
                for p, key in at.items()
                if key in first and key in stable and key in end
            }
            found[topic] = TopicSeen(topic, topic_id, n_partitions, bounds, self._times(topic, topic_id))
        return found

    def _described(self, topics: Sequence[str]) -> dict[str, tuple[str, int]]:
        names = [self._namespace.qualify(topic) for topic in topics]
        asked = self._admin.describe_topics(TopicCollection(names), request_timeout=ASK_S)
        found = {}
        for topic, name in zip(topics, names, strict=True):
            described = _unless(asked[name].result, _MISSING)
            if described is not None:
                found[topic] = (str(described.topic_id), len(described.partitions))
        return found

    def _ends(self, places: list[TopicPartition]) -> list[Mapping[tuple[str, int], int]]:
        committed, uncommitted = IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED
        return [
            self._offsets(places, OffsetSpec.earliest(), uncommitted),  # type: ignore[no-untyped-call]
            self._offsets(places, OffsetSpec.latest(), committed),  # type: ignore[no-untyped-call]
            self._offsets(places, OffsetSpec.latest(), uncommitted),  # type: ignore[no-untyped-call]
        ]

    def _offsets(self, places: list[TopicPartition], spec: Any, level: IsolationLevel) -> dict[tuple[str, int], int]:
        """Return the offsets that are known; a partition without a leader has none."""
        if not places:
            return {}
        asked = self._admin.list_offsets(dict.fromkeys(places, spec), isolation_level=level, request_timeout=ASK_S)
        found = {(place.topic, place.partition): _unless(future.result) for place, future in asked.items()}
        return {key: answer.offset for key, answer in found.items() if answer is not None}

    def _times(self, topic: str, topic_id: str) -> bool | None:
        """Return True for producers' times; None without the right to describe the topic's configuration."""
        if topic_id not in self._by_producers:
            resource = ConfigResource(ResourceType.TOPIC, self._namespace.qualify(topic))
            [asked] = self._admin.describe_configs([resource], request_timeout=ASK_S).values()
            config = _unless(asked.result)
            value = config[TIMESTAMP_TYPE].value if config and TIMESTAMP_TYPE in config else None
            self._by_producers[topic_id] = None if value is None else value == "CreateTime"
        return self._by_producers[topic_id]


def _unless(ask: Callable[[], Any], codes: frozenset[int] | None = None) -> Any:
    """Return the answer, None for an error of these codes, or of any but an absent broker."""
    try:
        return ask()
    except KafkaException as exception:
        code = exception.args[0].code()
        absent = code in (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN)
        if absent if codes is None else code not in codes:
            raise
        return None

"""Creating topics while a broker is not counted yet: right after its start, or when it stood still for a while."""

from __future__ import annotations

import pytest
from kafka.admin import NewTopic
from kafka.errors import InvalidReplicationFactorError, TopicAlreadyExistsError

from stream.kafka import admin as topic_admin
from stream.kafka.admin import create_topics
from stream.kafka.broker_errors import TopicsError
from stream.kafka.connection import Connection
from stream.kafka.topic_faults import all_topics

NAMES = [topic.name for topic in all_topics("segue")]


class FakeAdmin:
    """A broker that is let in after `n_refused` requests; `created_meanwhile` is another's topic."""

    def __init__(self, n_refused: int, created_meanwhile: str = "") -> None:
        self.topics: list[str] = []
        self.n_refused = n_refused
        self._created_meanwhile = created_meanwhile

    def list_topics(self) -> list[str]:
        return list(self.topics)

    def create_topics(self, new_topics: list[NewTopic], wait_for_metadata: bool) -> None:
        assert wait_for_metadata
        if self.n_refused > 0:
            self.n_refused -= 1
            raise InvalidReplicationFactorError("Unable to replicate the partition 1 time(s)")
        [name] = [topic.name for topic in new_topics]
        if name == self._created_meanwhile:
            raise TopicAlreadyExistsError
        self.topics.append(name)

    def close(self) -> None:
        """Nothing is open."""


def create_on(admin: FakeAdmin, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(topic_admin, "first_contact", lambda *_: {})
    monkeypatch.setattr(topic_admin, "KafkaAdminClient", lambda **_: admin)
    return create_topics(Connection(), "segue", 1, 1)


def test_every_topic_is_created_once_the_broker_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = FakeAdmin(n_refused=2)
    assert create_on(admin, monkeypatch) == NAMES
    assert admin.topics == NAMES


def test_too_few_brokers_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_admin, "_REGISTERED_S", 0.3)
    admin = FakeAdmin(n_refused=1_000_000)
    with pytest.raises(TopicsError, match=f"cannot create the topic {NAMES[0]}: .*Unable to replicate"):
        create_on(admin, monkeypatch)
    assert admin.n_refused < 1_000_000 - 1, "it was tried again"


def test_a_topic_created_by_another_process_meanwhile_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    admin = FakeAdmin(n_refused=0, created_meanwhile=NAMES[1])
    create_on(admin, monkeypatch)
    assert admin.topics == [name for name in NAMES if name != NAMES[1]]

"""The rights of a worker, as values; tests/e2e/secured tries them on a broker that enforces them."""

from __future__ import annotations

from stream.kafka.access import worker_rights
from stream.kafka.topic_faults import all_topics


def test_a_worker_that_does_not_train_needs_nothing_of_the_trainer() -> None:
    few, many = worker_rights("segue", trains=False), worker_rights("segue", trains=True)
    assert few < many
    assert {right.name for right in many - few} >= {"segue-train", "segue-trainer-changelog", "segments"}


def test_every_topic_is_read_or_written_but_the_one_of_dead_letters_sent_again() -> None:
    rights = worker_rights("eu", trains=True)
    used = {right.name for right in rights if right.kind == "topic" and right.operation in ("READ", "WRITE")}
    assert used == {topic.name for topic in all_topics("eu")} - {"eu-redriven-letters"}

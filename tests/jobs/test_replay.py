"""A replay with a fake encoder: the same bytes every time, whatever the chunks, on the partitions of a Kafka client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from stream.core.features import registry
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.policy import Clock, Policy
from stream.core.segment_model import SegmentModel
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.jobs.trainer import Trainer
from stream.replay import Replay, chunks
from stream.training.values.config import TrainerConfig
from stream.training.values.policy import TrainingPolicy
from stream.wire.fields import Fields
from stream.wire.placement import Placement
from stream.wire.published_models import PublishedModels
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import USER_EVENTS
from tests.core.builders import ENCODER, LABELS, POLICY, START_MS, WORDS, word_model

Events = list[tuple[bytes | None, bytes | None]]

CALM = Policy(
    window_items=5, window_ms=500, half_life_ms=100, kinds=POLICY.kinds, min_items=2, dwell_ms=20, sample_every_ms=50,
    clock=Clock.EVENT,
)  # fmt: skip
USERS = ("ann", "bob", "李娜", "dora", "emil")
MODEL = word_model(policy=CALM, threshold=0.9)


def events(n: int = 400) -> Events:
    """Return events of users that move from word to word: some late, some declared, erased or misspelt."""
    rng = np.random.default_rng(4)
    made: Events = []
    for number in range(n):
        user = USERS[rng.integers(len(USERS))]
        word = WORDS[(number // 60 + len(user)) % 3] if rng.random() < 0.8 else WORDS[rng.integers(3)]
        message: dict[str, object] = {
            "user_id": user,
            "text": word,
            "kind": "view",
            "timestamp": START_MS + 10 * number - int(rng.integers(40)),
            "id": f"e{number}",
        }
        if number % 97 == 96:
            message = {"type": "erase", "userId": user}
        elif number % 41 == 40:
            message = {"type": "identify", "userId": user, "traits": {"seen": number}}
        elif number % 29 == 28:
            message["timestamp"] = "yesterday"
        made.append((user.encode(), msgspec.json.encode(message)))
    return [*made, (None, b"not JSON"), (b"ann", None)]


def replayed(
    of: Events, n_partitions: int, model: SegmentModel | None = MODEL, labels: LabelHeads = NO_LABELS
) -> list[ProducerRecord]:
    """Return the outputs of a replay; without a model a trainer makes one."""
    models = FixedModel(model)
    segmenter = Segmenter(
        "segue", ENCODER, CALM, FormatDecoder(Fields(), None), models, Placement(n_partitions), labels
    )
    training = TrainingPolicy(
        n_segments=3, warm_up_samples=20, batch_samples=20, review_ms=400, shadow_ms=0, churn_budget=1.0, adapt=False
    )
    config = TrainerConfig(training, CALM.semantic_weight, CALM.margin, tuple(registry(CALM)), ENCODER.version, "salt")
    trainer = None if model else Trainer("segue", config)
    return list(Replay(segmenter, models, trainer, n_partitions).run(of))


def by_key(messages: Sequence[ProducerRecord]) -> dict[tuple[str, bytes | None], list[ProducerRecord]]:
    """Messages of each key of each topic, in order; samples, which share a key, in any."""
    found = defaultdict(list)
    for message in messages:
        found[message.topic, message.key].append(message)
    for (topic, _), of_key in found.items():
        if topic == "profile-sample":
            of_key.sort(key=lambda message: message.value or b"")
    return found


@pytest.mark.parametrize("model", [MODEL, None], ids=["fixed model", "trained models"])
def test_the_same_events_give_the_same_bytes(model: SegmentModel | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.replay.CHUNK_RECORDS", 50)
    once, again = replayed(events(), 3, model), replayed(events(), 3, model)
    assert again == once
    assert {"segment-changes", "user-segments", "profile-sample", "user-events.dlq"} <= {m.topic for m in once}
    assert sum(m.topic == "segment-changes" for m in once) > 5


@pytest.mark.parametrize("size", [1, 7, 64])
def test_with_a_fixed_model_the_size_of_the_chunks_does_not_show(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one, three = replayed(events(), 1), replayed(events(), 3)
    monkeypatch.setattr("stream.replay.CHUNK_RECORDS", size)
    assert replayed(events(), 1) == one
    assert by_key(replayed(events(), 3)) == by_key(three)


def test_a_replay_predicts_labels_as_a_worker_does(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, plain = replayed(events(), 2, labels=LABELS), replayed(events(), 2)
    monkeypatch.setattr("stream.replay.CHUNK_RECORDS", 7)
    assert by_key(replayed(events(), 2, labels=LABELS)) == by_key(whole)
    assert [m for m in whole if m.topic != "user-segments"] == [m for m in plain if m.topic != "user-segments"]
    said = [msgspec.json.decode(m.value) for m in whole if m.topic == "user-segments" and m.value]
    assert {each["label_heads"] for each in said} == {"v1"}
    assert {"milk", "bread", "shoes", None} == {e["predicted"]["diet"]["value"] for e in said if e["predicted"]}


def test_a_trainer_publishes_models_that_decide_from_the_next_chunk_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stream.replay.CHUNK_RECORDS", 50)
    messages = replayed(events(), 2, model=None)
    topics = [message.topic for message in messages]
    assert topics.index("segment-model") < topics.index("segment-changes")
    serving = PublishedModels()
    decided: list[int] = []
    for message in messages:
        if message.topic == "segment-model":
            assert serving.take(message.key, message.value) is None
        if message.topic == "segment-changes":
            decided.append(msgspec.json.decode(message.value or b"")["segment_model"])
            assert decided[-1] == (serving.serving.model.version if serving.serving else 0)
    assert decided == sorted(decided)
    assert len(set(decided)) > 1


def test_a_short_past_ends_with_a_model_from_the_samples_there_are_and_decides_all() -> None:
    users = [f"user {number}" for number in range(12)]
    lines: Events = [
        (user.encode(), msgspec.json.encode({"user_id": user, "text": WORDS[at % 3], "timestamp": START_MS + at}))
        for at, user in enumerate(2 * users)
    ]
    messages = replayed(lines, 2, model=None)  # 12 samples of 20
    made = [at for at, message in enumerate(messages) if message.topic == "segment-model"]
    decided = [(at, message.key) for at, message in enumerate(messages) if message.topic == "user-segments"]
    assert min(at for at, _ in decided) > max(made)
    assert {key for _, key in decided} == {user.encode() for user in users}
    too_few = replayed([line for line in lines if line[0] in {b"user 1", b"user 2"}], 2, model=None)
    assert {message.topic for message in too_few} == {"profile-sample"}


def test_a_dead_letter_carries_the_offset_of_its_line_in_its_partition() -> None:
    _, letter = replayed([(b"ann", b"{}"), (b"ann", b"[]")], 1)
    assert (letter.topic, letter.key, letter.value) == ("user-events.dlq", b"ann", b"[]")
    assert dict(letter.headers)["segue.error.offset"] == b"1"


@pytest.mark.parametrize(
    ("n", "sizes"),
    [(0, []), (19, [19]), (45, [20, 20, 5]), (999, [20] * 49 + [19]), (1000, [1000]), (2345, [1000, 1000, 345])],
)
def test_a_short_file_has_small_chunks_and_no_record_is_lost(n: int, sizes: list[int]) -> None:
    records = [ConsumerRecord(USER_EVENTS, 0, offset, 0, None, None, []) for offset in range(n)]
    found = list(chunks(records))
    assert [len(chunk) for chunk in found] == sizes
    assert [record for chunk in found for record in chunk] == records

"""The checker finds every seeded anomaly, and none in a history without one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from stream.wire.changes import SegmentChange
from stream.wire.records import ConsumerRecord
from stream.wire.topics import DEAD_LETTERS, PROFILE_SAMPLE
from tests.chaos.checker import Kind, check
from tests.chaos.history import TRAINED, History, Stored
from tests.chaos.load import load
from tests.chaos.sender import Sent
from tests.chaos.undisturbed import decision_anomalies, memberships_of, training_anomalies
from tests.e2e import scenario

N_EVENTS = 9_000


@pytest.fixture(scope="module")
def sound(segment_model: Path) -> History:
    """The history of a run without a fault: that of a replay."""
    events = list(islice(load(), N_EVENTS))
    replay = scenario.replay(str(segment_model))
    stored: list[Stored] = []
    for record in replay._number(events):
        stored.append(Stored(record.partition, record.offset, len(stored), record.key, record.value))
    replay = scenario.replay(str(segment_model))
    messages = list(replay.run(events))
    dead = [dict(message.headers) for message in messages if message.topic == DEAD_LETTERS]
    return History(
        sent=[Sent(key, value, is_acked=True) for key, value in events],
        stored=sorted(stored, key=lambda each: (each.partition, each.offset)),
        changes=scenario.by_user(messages),
        memberships=memberships_of(messages),
        dead_letters=[(int(h["segue.error.partition"]), int(h["segue.error.offset"])) for h in dead],
        n_events={name: user.n_events for state in replay.states.values() for name, user in state.users()},
        states=scenario.comparable(replay.states),
    )


def busiest(history: History) -> list[SegmentChange]:
    """The changes of the user with the most."""
    return max(history.changes.values(), key=len)


def lose_an_event(history: History) -> None:
    del history.stored[100]


def store_an_event_twice(history: History) -> None:
    history.stored.insert(100, history.stored[99])


def swap_two_events(history: History) -> None:
    first, second = history.stored[100:102]
    history.stored[100:102] = [replace(first, number=second.number), replace(second, number=first.number)]


def store_an_event_that_nobody_sent(history: History) -> None:
    history.stored[100] = replace(history.stored[100], number=len(history.sent))


def count_an_event_twice(history: History) -> None:
    history.n_events[next(iter(history.n_events))] += 1


def lose_a_user(history: History) -> None:
    del history.n_events[next(iter(history.n_events))]


def lose_a_change(history: History) -> None:
    del busiest(history)[1]


def publish_a_change_twice(history: History) -> None:
    busiest(history).insert(1, busiest(history)[1])


def swap_two_changes(history: History) -> None:
    changes = busiest(history)
    changes[0], changes[1] = changes[1], changes[0]


def change_from_elsewhere(history: History) -> None:
    changes = busiest(history)
    changes[1] = msgspec.structs.replace(changes[1], from_=msgspec.structs.replace(changes[1].from_, id="s-0099"))


def keep_an_old_membership(history: History) -> None:
    user = busiest(history)[0].user
    history.memberships[user] = msgspec.structs.replace(history.memberships[user], sequence=1)


def lose_a_membership(history: History) -> None:
    del history.memberships[busiest(history)[0].user]


def lose_a_dead_letter(history: History) -> None:
    del history.dead_letters[0]


def keep_a_dead_letter_twice(history: History) -> None:
    history.dead_letters.append(history.dead_letters[0])


SEEDED: list[tuple[Callable[[History], None], Kind]] = [
    (lose_an_event, Kind.LOST),
    (store_an_event_twice, Kind.STORED_TWICE),
    (swap_two_events, Kind.REORDERED),
    (store_an_event_that_nobody_sent, Kind.FOREIGN),
    (count_an_event_twice, Kind.NOT_COUNTED),
    (lose_a_user, Kind.NOT_COUNTED),
    (lose_a_change, Kind.GAP),
    (publish_a_change_twice, Kind.GAP),
    (swap_two_changes, Kind.GAP),
    (change_from_elsewhere, Kind.CHAIN),
    (keep_an_old_membership, Kind.MEMBERSHIP),
    (lose_a_membership, Kind.MEMBERSHIP),
    (lose_a_dead_letter, Kind.DEAD_LETTER),
    (keep_a_dead_letter_twice, Kind.DEAD_LETTER),
]


def test_a_sound_history_has_no_anomaly(sound: History, segment_model: Path) -> None:
    assert check(sound) == []
    assert list(decision_anomalies(sound, segment_model)) == []
    assert len(busiest(sound)) > 3, "there are changes to lose"
    assert len(sound.dead_letters) > 10


@pytest.mark.parametrize(("seed", "kind"), SEEDED, ids=[seed.__name__ for seed, _ in SEEDED])
def test_a_seeded_anomaly_is_found(sound: History, seed: Callable[[History], None], kind: Kind) -> None:
    history = deepcopy(sound)
    seed(history)
    assert kind in {anomaly.kind for anomaly in check(history)}


def test_an_event_without_an_answer_may_be_stored_or_not(sound: History) -> None:
    history = deepcopy(sound)
    history.sent[history.stored[100].number].is_acked = False
    history.sent.append(Sent(b"1", b"{}", is_acked=False))
    assert check(history) == []


def test_an_erased_user_begins_again_once_for_each_erasure(sound: History) -> None:
    begun = [user for user, changes in sound.changes.items() if sum(c.sequence == 1 for c in changes) > 1]
    assert begun, "some users return after an erasure"
    history = deepcopy(sound)
    user = next(user for user in sound.changes if user not in begun)
    history.changes[user] += history.changes[user]
    assert Kind.GAP in {anomaly.kind for anomaly in check(history)}


@pytest.mark.parametrize("spoil", [lose_a_change, change_from_elsewhere, lose_a_membership])
def test_a_result_that_differs_from_the_replay_is_found(
    sound: History, segment_model: Path, spoil: Callable[[History], None]
) -> None:
    history = deepcopy(sound)
    spoil(history)
    assert [anomaly.kind for anomaly in decision_anomalies(history, segment_model)] == [Kind.UNEQUAL]


def test_a_state_that_differs_from_the_replay_is_found(sound: History, segment_model: Path) -> None:
    history = deepcopy(sound)
    name = next(name for name in history.states if name.startswith("user "))
    history.states[name] = ()
    [anomaly] = decision_anomalies(history, segment_model)
    assert (anomaly.kind, anomaly.subject) == (Kind.UNEQUAL, f"state of {name}")


def test_a_model_of_a_lost_or_a_repeated_sample_is_found() -> None:
    replay = scenario.replay()
    messages = list(replay.run(islice(load(), N_EVENTS)))
    sampled = [message for message in messages if message.topic == PROFILE_SAMPLE]
    samples = [ConsumerRecord("", 0, at, 0, m.key, m.value, []) for at, m in enumerate(sampled)]
    trained = {topic: [(m.key or b"", m.value or b"") for m in messages if m.topic == topic] for topic in TRAINED}
    history = History([], [], {}, {}, [], {}, samples=samples, trained=trained)
    assert list(training_anomalies(history, prefix="")) == []
    assert list(training_anomalies(replace(history, samples=samples[:100] + samples[101:]), prefix=""))
    assert list(training_anomalies(replace(history, samples=samples[:100] + samples[99:]), prefix=""))

"""Warm-ups without spread are that."""

from __future__ import annotations

from collections import Counter, defaultdict

from bench.meaning.events import START_MS, Event
from bench.meaning.texts import requests_by
from bench.meaning.warm_ups import (
    IDENTICAL_DAYS,
    INTEREST,
    INTERESTS,
    N_PEOPLE,
    N_SCRIPTED,
    SCRIPT,
    SCRIPTED_DAYS,
    plant_identical,
    plant_scripted,
)
from stream.core.policy import DAY_MS


def events_by_user(events: list[Event]) -> dict[str, list[tuple[int, str, str, float]]]:
    """Events of each user without the user."""
    found = defaultdict[str, list[tuple[int, str, str, float]]](list)
    for event in events:
        found[event.user_id].append((event.timestamp, event.kind, event.text, event.amount))
    return dict(found)


def test_identical_users_do_the_same_at_the_same_times() -> None:
    users = list(events_by_user(plant_identical(0).events).values())
    assert len(users) == N_PEOPLE
    assert users == [users[0]] * N_PEOPLE
    assert {(at_ms - START_MS) // DAY_MS for at_ms, *_ in users[0]} == set(range(IDENTICAL_DAYS))


def test_scripted_users_come_first_and_stop_when_the_others_begin() -> None:
    planted = plant_scripted(0)
    users = events_by_user(planted.events)
    scripted = [user for user, groups in planted.truth.items() if groups[INTEREST] == SCRIPT]
    change_ms = START_MS + SCRIPTED_DAYS * DAY_MS
    assert len(scripted) == N_SCRIPTED
    assert [users[user] for user in scripted] == [users[scripted[0]]] * N_SCRIPTED
    assert max(at_ms for user in scripted for at_ms, *_ in users[user]) < change_ms
    assert min(at_ms for user in users.keys() - set(scripted) for at_ms, *_ in users[user]) >= change_ms


def test_the_others_have_one_clear_interest() -> None:
    planted = plant_scripted(0)
    sizes = Counter(groups[INTEREST] for groups in planted.truth.values())
    assert {interest: sizes[interest] for interest in INTERESTS} == dict.fromkeys(INTERESTS, N_PEOPLE // 2)
    said = {(planted.truth[event.user_id][INTEREST], event.text) for event in planted.events}
    assert all(text == interest or text in requests_by("domain")[interest] for interest, text in said)

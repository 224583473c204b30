"""Users of the soak come, fall silent, return, and are erased."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import msgspec

from bench.soak.churn import GUEST_EVENTS, THEMES, Churn, Event, Rhythm

RHYTHM = Rhythm(n_regulars=100, period_s=100.0, active_s=20.0, later_s=5.0)
N = 2_000  # events a second


def seconds(n: int, seed: int = 0) -> list[list[Event]]:
    """Events of each of the first `n` seconds."""
    churn = Churn(RHYTHM, seed)
    return [list(churn.events(float(second), 1_000 * second, N)) for second in range(n)]


def calls(events: list[Event]) -> list[dict[str, str]]:
    return [msgspec.json.decode(value) for _, value in events if value.endswith(b"}")]


def test_the_same_seed_makes_the_same_events() -> None:
    assert seconds(3) == seconds(3)
    assert seconds(3) != seconds(3, seed=1)


def test_active_regulars_move_through_all_of_them_and_come_back() -> None:
    active = [{int(key[1:]) for key, _ in events if key.startswith(b"r")} for events in seconds(121)]
    assert active[0] == set(range(20))
    assert active[50] == set(range(50, 70))
    assert active[120] == set(range(20, 40)), "20 s into the second period"


def test_every_guest_acts_ten_times_and_is_erased_after_the_last() -> None:
    found: dict[str, list[str]] = {}
    for call in calls(list(chain(*seconds(20)))):
        user = call.get("user_id") or call["userId"]
        if user.startswith("g"):
            found.setdefault(user, []).append(call.get("type") or call["id"])
    erased = {user: said for user, said in found.items() if said[-1] == "erase"}
    assert len(erased) > 10
    for said in erased.values():
        assert len(set(said[:-1])) == GUEST_EVENTS
        assert "erase" not in said[:-1]
    assert all(user in erased for user in list(found)[:10]), "the oldest are gone"


def test_a_regular_has_another_interest_two_periods_later() -> None:
    def themes(events: list[Event]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for call in calls(events):
            if call.get("user_id", "").startswith("r"):
                found.setdefault(call["user_id"], set()).update(
                    name for name, words in THEMES.items() if any(word in call["text"] for word in words)
                )
        return found

    run = seconds(201)
    first, later = themes(run[0]), themes(run[200])
    assert first.keys() == later.keys()
    for user, before in first.items():
        assert not before & later[user] or len(before) > 1


def test_some_events_are_broken_and_some_repeated() -> None:
    events = seconds(1)[0]
    assert any(not value.endswith(b"}") for _, value in events)
    assert max(Counter(call["id"] for call in calls(events) if "id" in call).values()) > 1

"""The queue of changes that need a look, by hand."""

from __future__ import annotations

from stream.core.transition import Rule
from stream.serve.pages.alerts import ALIKE_MIN, Flag, alerts, is_unsure
from tests.serve.pages.records import HOUR_MS, T0, change


def test_an_ordinary_change_is_not_in_the_queue() -> None:
    assert alerts([change("ann", 1, "s-0001", "s-0002")], rare=()) == []


def test_unknown_rare_and_unsure_changes_are_in_the_queue() -> None:
    found = alerts(
        [
            change("ann", 1, "s-0001", "unknown", rule=Rule.UNKNOWN),
            change("bob", 1, "s-0001", "s-0002"),
            change("eve", 1, "s-0001", "s-0003", margin=0.009),
        ],
        rare={"s-0002"},
    )
    assert {alert.change.user: alert.flags for alert in found} == {
        "ann": (Flag.UNKNOWN,),
        "bob": (Flag.RARE,),
        "eve": (Flag.UNSURE,),
    }


def test_the_same_move_of_many_users_in_one_hour_is_a_burst() -> None:
    same = [change(f"u{n}", 1, "s-0001", "s-0002", T0 + n) for n in range(ALIKE_MIN)]
    later = change("late", 1, "s-0001", "s-0002", T0 + HOUR_MS)
    found = alerts([later, *same], rare=())
    assert {alert.change.user for alert in found} == {each.user for each in same}
    assert {alert.n_alike for alert in found} == {ALIKE_MIN}
    assert {(alert.since, alert.until) for alert in found} == {("2017-03-05T14:00:00Z", "2017-03-05T14:59:59Z")}


def test_many_first_results_or_moves_by_a_new_model_are_no_burst() -> None:
    for origin, rule in (("pending", Rule.ENTERED), ("s-0001", Rule.RETIRED)):
        many = [change(f"u{n}", 1, origin, "s-0002", rule=rule) for n in range(2 * ALIKE_MIN)]
        assert alerts(many, rare=()) == []


def test_most_flags_come_first_and_then_the_newest() -> None:
    old, new = (change(user, 1, "s-0001", "unknown", at) for user, at in (("old", T0), ("new", T0 + 5)))
    both = change("both", 1, "s-0001", "s-0002", T0 - 5, margin=0.001)
    assert [alert.change.user for alert in alerts([old, both, new], rare={"s-0002"})] == ["both", "new", "old"]


def test_only_a_move_between_segments_can_be_unsure() -> None:
    assert is_unsure(change("ann", 1, "s-0002", "s-0001", margin=0.009))
    assert not is_unsure(change("ann", 1, "s-0002", "s-0001", margin=0.011))
    assert not is_unsure(change("ann", 1, "s-0001", "inactive", margin=None, rule=Rule.INACTIVE))
    for rule in (Rule.ENTERED, Rule.RETIRED, Rule.UNKNOWN):
        assert not is_unsure(change("ann", 1, "s-0001", "s-0002", margin=0.0, rule=rule))

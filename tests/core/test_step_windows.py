"""Windows after steps over drawn records, against a naive oracle."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Erasure, Event, Record
from stream.core.policy import Policy
from tests.core.builders import POLICY, records_with
from tests.core.cores import CoreType
from tests.core.drawn import policies, record_lists
from tests.core.recorder import StepRecorder, run_steps

thorough = settings(max_examples=80)


@thorough
@given(records=record_lists(), policy=policies)
def test_a_window_is_the_newest_distinct_events_of_its_time_at_every_prefix(
    core: CoreType, records: list[Record], policy: Policy
) -> None:
    recorder, naive = StepRecorder(core=core), NaiveWindows(policy)
    for record in records:
        recorder.step([record], policy)
        naive.take(record, recorder.partition.now_ms)
        for name, user in recorder.users().items():
            assert [item.id for item in user.items] == naive.ids(name, recorder.partition.now_ms)


@thorough
@given(records=record_lists(("event",), n_max=8), order=st.randoms(use_true_random=False))
def test_a_window_does_not_depend_on_the_order_of_arrival(core: CoreType, records: list[Record], order: object) -> None:
    policy = replace(POLICY, window_ms=1000)  # nothing is late
    shuffled = [r.content for r in records]
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    once, other = run_steps(records, policy, core=core), run_steps(records_with(*shuffled), policy, core=core)
    for name, user in once.users().items():
        assert [replace(item, slot=0) for item in user.items] == [
            replace(item, slot=0) for item in other.user(name).items
        ]


class NaiveWindows:
    """Remembers every event for ever and scans them all again for each question."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.events: list[Event] = []

    def take(self, record: Record, now_ms: int) -> None:
        """One record, at the time it makes it."""
        match record.content:
            case Event() as event if event.time_ms <= now_ms + self.policy.max_ahead_ms:
                if event.id not in self.ids(event.user, now_ms) and event.time_ms >= now_ms - self.policy.window_ms:
                    self.events.append(event)
            case Erasure(user):
                self.events = [event for event in self.events if event.user != user]

    def ids(self, user: str, now_ms: int) -> list[str]:
        """The ids of a window, oldest first."""
        found = sorted(
            (event.time_ms, event.id)
            for event in self.events
            if event.user == user and event.time_ms >= now_ms - self.policy.window_ms
        )
        return [id_ for _, id_ in found[-self.policy.window_items :]]

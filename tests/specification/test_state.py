from __future__ import annotations

from heapq import heapify

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Record
from stream.core.policy import Policy
from stream.core.transition import MembershipState, required
from tests.core.builders import POLICY, START_MS, event_at, window_with
from tests.core.cores import SpecificationCore, restarted
from tests.core.drawn import policies, record_lists, rule_policies
from tests.core.recorder import run_steps
from tests.specification.state import PartitionState, Timer, UserState, expiry_ms, timer_of

timers = st.lists(st.builds(timer_of, st.integers(0, 9), st.sampled_from(("ann", "bob")), st.booleans()), max_size=12)


def heap(found: list[Timer]) -> PartitionState:
    partition = PartitionState(timers=list(found))
    heapify(partition.timers)
    return partition


def needed_timers(partition: PartitionState, policy: Policy) -> list[Timer]:
    """Return one timer for each user with an item and one for each candidate."""
    needed = []
    for name, user in partition.users.items():
        if len(user.window):
            needed.append(timer_of(expiry_ms(user.window, policy), name, dwell=False))
        membership = user.membership
        if membership.candidate is not None:
            need = required(policy, membership.segment, membership.candidate)
            needed.append(timer_of(membership.candidate_since_ms + need.dwell_ms, name, dwell=True))
    return sorted(needed)


def partition_after(records: list[Record], policy: Policy) -> tuple[SpecificationCore, PartitionState]:
    """A core after one step, and its partition."""
    core = run_steps(records, policy, core=SpecificationCore).running
    assert isinstance(core, SpecificationCore)
    return core, core.partition


@given(found=timers, until_ms=st.integers(-1, 10))
def test_due_timers_equal_a_scan_and_stay(found: list[Timer], until_ms: int) -> None:
    partition = heap(found)
    before = list(partition.timers)
    assert sorted(partition.due(until_ms)) == sorted(timer for timer in found if timer.due_ms <= until_ms)
    assert partition.timers == before
    assert partition.next_due_ms() == min((timer.due_ms for timer in found), default=None)


@given(found=timers, fresh=timers, until_ms=st.integers(-1, 10))
def test_replace_timers_removes_the_due_ones_and_adds_the_new_ones(
    found: list[Timer], fresh: list[Timer], until_ms: int
) -> None:
    partition = heap(found)
    partition.replace_timers(until_ms, fresh)
    left = [timer for timer in found if timer.due_ms > until_ms]
    assert sorted(partition.timers) == sorted([*left, *fresh])
    assert partition.next_due_ms() == min((timer.due_ms for timer in [*left, *fresh]), default=None)


@settings(max_examples=60)
@given(records=record_lists(), policy=policies | rule_policies)
def test_a_restored_partition_has_just_the_timers_that_the_states_need(records: list[Record], policy: Policy) -> None:
    core = restarted(partition_after(records, policy)[0])
    assert isinstance(core, SpecificationCore)
    assert sorted(core.partition.timers) == needed_timers(core.partition, policy)


@settings(max_examples=60)
@given(records=record_lists(), policy=policies | rule_policies)
def test_no_timer_comes_later_than_it_is_needed(records: list[Record], policy: Policy) -> None:
    _, partition = partition_after(records, policy)
    for timer in needed_timers(partition, policy):
        due_ms = timer.due_ms if timer.dwell else partition.users[timer.user].expiry_ms
        assert partition.now_ms < due_ms <= timer.due_ms
        assert timer_of(due_ms, timer.user, timer.dwell) in partition.timers


def test_a_state_put_again_replaces_the_timers_of_the_one_before() -> None:
    partition = PartitionState()
    for at_ms in (3, 5):
        partition.put("ann", UserState(window_with(event_at(at_ms))), POLICY)
    partition.put("bob", UserState(window_with()), POLICY)
    assert partition.timers == [timer_of(START_MS + 5 + 20 + 1, "ann", dwell=False)]


def test_timers_of_one_time_are_in_the_order_of_the_hashes_of_names_an_expiry_before_a_dwell() -> None:
    #  ann 6ef4..., bob is below or above it, as in the test of the hash
    drawn = [timer_of(due_ms, user, dwell) for due_ms in (5, 4) for dwell in (True, False) for user in ("ann", "bob")]
    first = [(timer.due_ms, timer.user, timer.dwell) for timer in sorted(drawn)][:4]
    users = sorted(("ann", "bob"), key=lambda user: timer_of(0, user, False).name_hash)
    assert first == [(4, user, dwell) for user in users for dwell in (False, True)]


def test_an_item_expires_in_the_first_millisecond_that_it_is_outside() -> None:
    #  now     t + 20   [t, t + 20) holds it
    #          t + 21   [t + 1, t + 21) does not
    assert expiry_ms(window_with(event_at(3), event_at(9)), POLICY) == START_MS + 3 + 20 + 1
    assert expiry_ms(window_with(), POLICY) == 0


def test_a_copy_shares_no_mutable_part() -> None:
    user = UserState(window_with(event_at(1, "milk")))
    user.membership = MembershipState("s-0001", 3, "s-0002", 5, 7, "club=milk")
    user.n_events, user.sampled_ms, user.offset, user.expiry_ms = 1, 2, 3, 4
    copy = user.copy()
    assert copy.membership == user.membership
    assert (copy.n_events, copy.sampled_ms, copy.offset, copy.expiry_ms, copy.traits) == (1, 2, 3, 4, {})
    copy.window.expire(START_MS + 9)
    assert len(user.window) == 1

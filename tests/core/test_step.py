"""Properties of a step over records that Hypothesis draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Event, Record
from stream.core.output import Change, Membership, Output, Profile, Rejection, Sample
from stream.core.policy import Clock, Policy
from stream.core.serving import Serving
from stream.core.state import PartitionState
from stream.core.step import step
from stream.core.transition import required
from tests.core.builders import ENCODER, MODEL, START_MS, WALL
from tests.core.drawn import DECLARING, EVENTS, ROLLOUT, batch_starts, policies, record_lists, rule_policies
from tests.core.planted import bits
from tests.core.recorder import StepRecorder, partition_position, run_steps, user_snapshots

thorough = settings(max_examples=80)
models = st.sampled_from([Serving(MODEL), ROLLOUT, None])
ticks = st.lists(st.integers(1, 5), max_size=60)


any_run = given(
    records=record_lists() | record_lists(DECLARING),
    policy=policies | rule_policies,
    cuts=batch_starts,
    model=models,
)


def on_the_wall(policy: Policy) -> bool:
    """Return True if time passes without records."""
    return policy.clock == Clock.WALL


def exact(outputs: list[Output]) -> str:
    """Return the outputs to the last bit."""
    return bits(tuple(outputs))


@thorough
@any_run
def test_results_do_not_depend_on_how_records_are_cut_into_batches(
    records: list[Record], policy: Policy, cuts: set[int], model: Serving | None
) -> None:
    whole, cut, single = (run_steps(records, policy, at, model) for at in ((), cuts, range(len(records))))
    for other in (cut, single):
        assert exact(other.outputs) == exact(whole.outputs)
        assert user_snapshots(other.partition) == user_snapshots(whole.partition)
        assert sorted(other.partition.timers) == sorted(whole.partition.timers)
        assert partition_position(other.partition) == partition_position(whole.partition)
        assert sum((s.counts for s in other.steps), Counter()) == sum((s.counts for s in whole.steps), Counter())


@thorough
@given(
    records=record_lists() | record_lists(DECLARING),
    policy=st.just(WALL) | rule_policies.filter(on_the_wall),
    ticks=ticks,
    model=models,
)
def test_results_do_not_depend_on_how_often_time_advances(
    records: list[Record], policy: Policy, ticks: list[int], model: Serving | None
) -> None:
    rarely, often = StepRecorder(), StepRecorder()
    end_ms = max([0, *(r.arrival_ms - START_MS for r in records)]) + 60
    for record in records:
        rarely.step([record], policy, model)
        for tick in ticks:
            if START_MS + (until_ms := often.partition.now_ms - START_MS + tick) <= record.arrival_ms:
                often.step([], policy, model, until_ms)
        often.step([record], policy, model)
    rarely.step([], policy, model, end_ms)
    for tick in range(max(0, often.partition.now_ms - START_MS), end_ms + 1):
        often.step([], policy, model, tick)
    assert exact(often.outputs) == exact(rarely.outputs)
    assert user_snapshots(often.partition) == user_snapshots(rarely.partition)


@thorough
@given(records=record_lists(), policy=policies, cut=st.integers(0, 18))
def test_a_step_does_not_change_its_arguments(records: list[Record], policy: Policy, cut: int) -> None:
    partition = run_steps(records[:cut], policy).partition
    before = (
        user_snapshots(partition),
        list(partition.timers),
        partition_position(partition),
        timers_and_dirty_slots(partition),
    )
    rest = list(records[cut:])
    step(rest, partition, Serving(MODEL), ENCODER, policy, until_ms=START_MS + 500)
    assert (
        user_snapshots(partition),
        list(partition.timers),
        partition_position(partition),
        timers_and_dirty_slots(partition),
    ) == before
    assert rest == records[cut:]


@thorough
@given(records=record_lists(), policy=policies, cut=st.integers(0, 18), model=models)
def test_a_staged_step_is_as_a_merged_one_and_can_be_taken_back(
    records: list[Record], policy: Policy, cut: int, model: Serving | None
) -> None:
    staged, merged = run_steps(records[:cut], policy, (), model).partition, run_steps(records, policy, {cut}, model)
    before = (user_snapshots(staged), sorted(staged.timers), partition_position(staged), timers_and_dirty_slots(staged))
    former = step(records[cut:], staged, model, ENCODER, policy).stage_into(staged)
    if records[cut:]:
        assert user_snapshots(staged) == user_snapshots(merged.partition)
        assert sorted(staged.timers) == sorted(merged.partition.timers)
        assert partition_position(staged) == partition_position(merged.partition)
    former.put_back(staged)
    after = (user_snapshots(staged), sorted(staged.timers), partition_position(staged), timers_and_dirty_slots(staged))
    assert after == before
    assert not staged.timers or staged.next_due_ms() == min(staged.timers).due_ms


def timers_and_dirty_slots(partition: PartitionState) -> dict[str, object]:
    """What `heads` leaves out."""
    return {name: (u.expiry_ms, set(u.window.dirty), u.window.columns.shape) for name, u in partition.users.items()}


@thorough
@given(records=record_lists(EVENTS), policy=policies, of=st.integers(0, 17), later=st.integers(0, 17))
def test_a_repeated_event_has_no_effect(records: list[Record], policy: Policy, of: int, later: int) -> None:
    honest = [r for r in records if isinstance(r.content, Event) and r.content.time_ms <= r.arrival_ms]
    if of >= len(honest):
        return
    at = min(records.index(honest[of]) + 1 + later, len(records))
    repeat = replace(honest[of], offset=records[at - 1].offset + 1)
    once, twice = run_steps(records, policy), run_steps([*records[:at], repeat, *records[at:]], policy)
    assert exact(twice.outputs) == exact(once.outputs)
    for name, user in once.partition.users.items():
        other = twice.partition.users[name]
        assert (other.window.items, other.membership, other.n_events) == (
            user.window.items,
            user.membership,
            user.n_events,
        )
    assert twice.partition.now_ms == once.partition.now_ms


@thorough
@any_run
def test_changes_with_a_dwell_are_at_least_the_dwell_apart(
    records: list[Record], policy: Policy, cuts: set[int], model: Serving | None
) -> None:
    recorder = run_steps(records, policy, cuts, model)
    recorder.step([], policy, model, until_ms=500)
    last: dict[str, Change] = {}
    for output in recorder.outputs:
        if isinstance(output, Membership) and output.segment is None:
            last.pop(output.user, None)
        if isinstance(output, Change):
            before = last.get(output.user)
            assert output.sequence == (before.sequence + 1 if before else 1)
            assert output.from_segment == (before.to_segment if before else "pending") != output.to_segment
            if before and output.rule not in ("entered", "returned", "inactive", "pinned", "unpinned"):
                need = required(policy, output.from_segment, output.to_segment)
                assert output.decision_time_ms - before.decision_time_ms >= need.dwell_ms
                assert output.dwell_ms >= need.dwell_ms == output.dwell_required_ms
            last[output.user] = output


@thorough
@given(records=record_lists(), policy=policies)
def test_all_users_are_inactive_after_a_whole_window_without_events(records: list[Record], policy: Policy) -> None:
    recorder = run_steps(records, policy)
    newest = {name: user.window.last_ms() for name, user in recorder.partition.users.items() if len(user.window)}
    settled = {n for n, u in recorder.partition.users.items() if u.membership.segment not in ("pending", "inactive")}
    recorder.outputs.clear()
    recorder.step([], policy, until_ms=500)
    left = {c.user: c.decision_time_ms for c in recorder.changes() if c.to_segment == "inactive"}
    assert left.keys() >= settled
    assert all(left[user] == newest[user] + policy.window_ms + 1 for user in left)
    assert not any(len(user.window) for user in recorder.partition.users.values())
    assert recorder.partition.timers == []


def test_the_drawn_records_lead_to_every_rule_and_every_output() -> None:
    """So that the properties above are about something."""
    rules, kinds = Counter[str](), Counter[type]()

    @settings(max_examples=300, derandomize=True, database=None)
    @given(drawn=st.tuples(record_lists(), policies) | st.tuples(record_lists(DECLARING), rule_policies))
    def count(drawn: tuple[list[Record], Policy]) -> None:
        recorder = run_steps(*drawn)
        rules.update(change.rule for change in recorder.changes())
        kinds.update(type(output) for output in recorder.outputs)

    count()
    weighed = {"entered", "returned", "margin_and_dwell", "unknown", "known", "inactive"}
    assert rules.keys() == weighed | {"pinned", "unpinned"}
    assert min(rules.values()) >= 10
    assert kinds.keys() == {Change, Membership, Profile, Sample, Rejection}

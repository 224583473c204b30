"""Properties of a step over records that Hypothesis draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Event, Record
from stream.core.output import Change, Membership, Profile, Rejection, Sample
from stream.core.policy import Clock, Policy
from stream.core.serving import Serving
from stream.core.transition import required
from tests.core.builders import MODEL, START_MS, WALL
from tests.core.cores import PRODUCTION, CoreType
from tests.core.drawn import DECLARING, EVENTS, ROLLOUT, batch_starts, policies, record_lists, rule_policies
from tests.core.planted import bits
from tests.core.recorder import StepRecorder, run_steps
from tests.specification.output import Output

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
    core: CoreType, records: list[Record], policy: Policy, cuts: set[int], model: Serving | None
) -> None:
    whole, cut, single = (run_steps(records, policy, at, model, core=core) for at in ((), cuts, range(len(records))))
    for other in (cut, single):
        assert exact(other.outputs) == exact(whole.outputs)
        assert other.snapshots() == whole.snapshots()
        assert other.position == whole.position
        assert sum((s.counts for s in other.steps), Counter()) == sum((s.counts for s in whole.steps), Counter())


@thorough
@given(
    records=record_lists() | record_lists(DECLARING),
    policy=st.just(WALL) | rule_policies.filter(on_the_wall),
    ticks=ticks,
    model=models,
)
def test_results_do_not_depend_on_how_often_time_advances(
    core: CoreType, records: list[Record], policy: Policy, ticks: list[int], model: Serving | None
) -> None:
    rarely, often = StepRecorder(core=core), StepRecorder(core=core)
    end_ms = max([0, *(r.arrival_ms - START_MS for r in records)]) + 60
    for record in records:
        rarely.step([record], policy, model)
        for tick in ticks:
            if START_MS + (until_ms := often.now_ms - START_MS + tick) <= record.arrival_ms:
                often.step([], policy, model, until_ms)
        often.step([record], policy, model)
    rarely.step([], policy, model, end_ms)
    for tick in range(max(0, often.now_ms - START_MS), end_ms + 1):
        often.step([], policy, model, tick)
    assert exact(often.outputs) == exact(rarely.outputs)
    assert often.snapshots() == rarely.snapshots()


@thorough
@given(records=record_lists(), policy=policies, cut=st.integers(0, 18))
def test_a_step_that_is_not_merged_changes_nothing(
    core: CoreType, records: list[Record], policy: Policy, cut: int
) -> None:
    recorder = run_steps(records[:cut], policy, core=core)
    before = recorder.snapshots(), recorder.position, recorder.partition.next_due_ms()
    rest = list(records[cut:])
    first = recorder.take(rest, policy, until_ms=500)
    assert (recorder.snapshots(), recorder.position, recorder.partition.next_due_ms()) == before
    assert rest == records[cut:]
    assert exact(recorder.take(rest, policy, until_ms=500).outputs) == exact(first.outputs)


@thorough
@given(records=record_lists(EVENTS), policy=policies, of=st.integers(0, 17), later=st.integers(0, 17))
def test_a_repeated_event_has_no_effect(
    core: CoreType, records: list[Record], policy: Policy, of: int, later: int
) -> None:
    honest = [r for r in records if isinstance(r.content, Event) and r.content.time_ms <= r.arrival_ms]
    if of >= len(honest):
        return
    at = min(records.index(honest[of]) + 1 + later, len(records))
    repeat = replace(honest[of], offset=records[at - 1].offset + 1)
    once, twice = (
        run_steps(records, policy, core=core),
        run_steps([*records[:at], repeat, *records[at:]], policy, core=core),
    )
    assert exact(twice.outputs) == exact(once.outputs)
    for name, user in once.users().items():
        other = twice.users()[name]
        assert (other.items, other.membership, other.n_events) == (user.items, user.membership, user.n_events)
    assert twice.partition.now_ms == once.partition.now_ms


@thorough
@any_run
def test_changes_with_a_dwell_are_at_least_the_dwell_apart(
    core: CoreType, records: list[Record], policy: Policy, cuts: set[int], model: Serving | None
) -> None:
    recorder = run_steps(records, policy, cuts, model, core=core)
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
def test_all_users_are_inactive_after_a_whole_window_without_events(
    core: CoreType, records: list[Record], policy: Policy
) -> None:
    recorder = run_steps(records, policy, core=core)
    newest = {name: user.items[-1].time_ms for name, user in recorder.users().items() if user.items}
    settled = {n for n, u in recorder.users().items() if u.membership.segment not in ("pending", "inactive")}
    recorder.outputs.clear()
    recorder.step([], policy, until_ms=500)
    left = {c.user: c.decision_time_ms for c in recorder.changes() if c.to_segment == "inactive"}
    assert left.keys() >= settled
    assert all(left[user] == newest[user] + policy.window_ms + 1 for user in left)
    assert not any(user.items for user in recorder.users().values())
    assert recorder.partition.next_due_ms() is None


def test_the_drawn_records_lead_to_every_rule_and_every_output() -> None:
    """So that the properties above are about something."""
    rules, kinds = Counter[str](), Counter[type]()

    @settings(max_examples=300, derandomize=True, database=None)
    @given(drawn=st.tuples(record_lists(), policies) | st.tuples(record_lists(DECLARING), rule_policies))
    def count(drawn: tuple[list[Record], Policy]) -> None:
        recorder = run_steps(*drawn, core=PRODUCTION)
        rules.update(change.rule for change in recorder.changes())
        kinds.update(type(output) for output in recorder.outputs)

    count()
    weighed = {"entered", "returned", "margin_and_dwell", "unknown", "known", "inactive"}
    assert rules.keys() == weighed | {"pinned", "unpinned"}
    assert min(rules.values()) >= 10
    assert kinds.keys() == {Change, Membership, Profile, Sample, Rejection}

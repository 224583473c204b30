"""Commands of operators: executed once, at once, and answered."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import pytest

from stream.core.policy import DAY_MS
from stream.core.segment_model import SegmentModel
from stream.training.describe.model_builder import hash_member_id
from stream.training.steps.train import execute
from stream.training.values.commands import Command, Drop, Forget, Promote, Refit, Rename, Rollback
from stream.training.values.lineage import LineageEvent
from stream.training.values.outputs import Output, Published, Served
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.training.values.state import MODELS_KEPT, TrainerState
from tests.core.planted import PlantedPopulation, assign_samples, bits
from tests.training.harness import TrainerHarness, at_day, config_of, decisions, events, policy_of

N = 150


@pytest.fixture(scope="module")
def known() -> tuple[TrainerHarness, PlantedPopulation]:
    """Four groups of 60, 45, 30 and 15 people after two days: version 2 serves, 1 did before."""
    population, life = PlantedPopulation(spread=0.05), TrainerHarness(policy_of(N))
    for day in range(2):
        life.day(population.day(N, at_day(day)))
    return life, population


@pytest.fixture
def life(known: tuple[TrainerHarness, PlantedPopulation]) -> TrainerHarness:
    """A life of its own for each test."""
    return replace(known[0], current_segments=dict(known[0].current_segments), told=[])


@pytest.fixture
def population(known: tuple[TrainerHarness, PlantedPopulation]) -> PlantedPopulation:
    return copy.deepcopy(known[1])


@pytest.mark.parametrize(
    ("asked", "decision"),
    [
        (Promote("ann", 9), (9, Status.REFUSED, Cause.NO_SUCH_MODEL)),
        (Promote("ann", 2), (2, Status.REFUSED, Cause.ALREADY_SERVING)),
        (Drop("ann", 2), (2, Status.REFUSED, Cause.NOT_A_CANDIDATE)),
        (Rename("ann", "s-0009", "x"), (2, Status.REFUSED, Cause.NO_SUCH_SEGMENT)),
    ],
    ids=["an unknown version", "the version that serves", "nothing waits", "an unknown segment"],
)
def test_a_command_that_can_not_be_executed_is_refused_with_its_cause_and_changes_nothing(
    life: TrainerHarness, asked: Promote | Drop | Rename, decision: tuple[int, Status, Cause]
) -> None:
    before = life.state
    assert decisions(life.ask(asked)) == [decision]
    assert life.state == replace(before, handled_commands=("ann",))


def test_a_model_of_another_encoder_does_not_serve_again(life: TrainerHarness) -> None:
    models = {**life.state.registry.models, 1: replace(life.state.registry.models[1], encoder="e0")}
    life.trained = replace(life.state, registry=replace(life.state.registry, models=models))
    assert [status for _, status, _ in decisions(life.ask(Promote("ann", 1)))] == [Status.REFUSED]


def test_what_waits_is_given_up_and_what_serves_goes_on(life: TrainerHarness, population: PlantedPopulation) -> None:
    life.ask(Refit("ann", 2))
    models, former = life.state.registry.models, life.state.registry.previous
    assert decisions(life.ask(Drop("bob", 2))) == [(2, Status.REFUSED, Cause.NOT_A_CANDIDATE)]
    assert decisions(life.ask(Drop("eve", 3))) == [(3, Status.DROPPED, Cause.REQUESTED)]
    assert commands(life.told[-1]) == ["eve"]
    assert (life.state.rollout.candidate, life.state.registry.serving, life.state.registry.previous) == (
        None,
        2,
        former,
    )
    assert life.state.registry.models == models  # it can still be promoted
    life.policy = replace(life.policy, churn_budget=1.0)
    for day in (2, 3, 4):
        said = decisions(life.day(population.day(N, at_day(day))))
        assert [(status, cause) for _, status, cause in said] == [(Status.PROMOTED, Cause.REFRESH)]
    assert decisions(life.ask(Drop("joe", 3)))[0][1] == Status.REFUSED


def test_a_former_model_is_promoted_with_the_ramp_that_was_asked_for(life: TrainerHarness) -> None:
    (decision, served) = life.ask(Promote("ann", 1, ramp_ms=60_000))
    assert isinstance(decision, Promotion)
    assert isinstance(served, Served)
    assert (decision.segment_model, decision.previous_model, decision.status) == (1, 2, Status.PROMOTED)
    assert (decision.trigger, decision.cause) == (Trigger.OPERATOR, Cause.REQUESTED)
    assert (decision.command_id, decision.ramp_ms, decision.n_sampled) == ("ann", 60_000, N)
    assert served.model.version == life.state.registry.serving == 1
    assert life.state.registry.previous == (1, 2)


def test_without_a_ramp_in_the_command_the_policys_is_meant(life: TrainerHarness) -> None:
    life.policy = replace(life.policy, ramp_ms=7)
    (decision, _) = life.ask(Promote("ann", 1))
    assert isinstance(decision, Promotion)
    assert decision.ramp_ms == 7


def test_a_rollback_serves_what_served_before_and_nothing_else_until_a_promotion(
    life: TrainerHarness, population: PlantedPopulation
) -> None:
    #  day         2 3                          4
    #  serving     1 by rollback, no refresh    refreshes serve again, after a promotion by hand
    told = life.ask(Rollback("ann"))
    assert decisions(told) == [(1, Status.ROLLED_BACK, Cause.REQUESTED)]
    assert frozen(told) == [True]
    assert (life.state.registry.serving, life.state.registry.previous, life.state.rollout.auto_promotion_paused) == (
        1,
        (),
        True,
    )
    for day in (2, 3):
        life.day(population.day(N, at_day(day)))
    assert [decision for outputs in life.told[1:] for decision in decisions(outputs)] == []
    assert life.state.registry.serving == 1
    assert frozen(life.ask(Promote("eve", 9))) == [True]  # refused, so it goes on
    assert decisions(life.ask(Promote("bob", 1))) == [(1, Status.PROMOTED, Cause.REQUESTED)]
    assert frozen(life.told[-1]) == [False]
    assert (life.state.registry.serving, life.state.rollout.auto_promotion_paused) == (1, False)
    assert decisions(life.day(population.day(N, at_day(4)))) == [(3, Status.PROMOTED, Cause.REFRESH)]


def test_a_name_that_is_given_after_a_rollback_does_not_end_it(life: TrainerHarness) -> None:
    life.ask(Rollback("ann"))
    assert frozen(life.ask(Rename("bob", "s-0001", "Drinkers"))) == [True]
    assert life.state.rollout.auto_promotion_paused


def frozen(outputs: Sequence[Output]) -> list[bool]:
    """Whether each verdict says that nothing is promoted by itself."""
    return [o.auto_promotion_paused for o in outputs if isinstance(o, Promotion)]


def commands(outputs: Sequence[Output]) -> list[str]:
    """Return the command id of each decision."""
    return [o.command_id for o in outputs if isinstance(o, Promotion)]


def test_since_a_rollback_a_refit_waits_too_and_no_refresh_takes_its_place(
    life: TrainerHarness, population: PlantedPopulation
) -> None:
    life.ask(Rollback("ann"))
    life.ask(Refit("bob", 3))
    said = [decisions(life.day(population.day(N, at_day(day)))) for day in (2, 3, 4)]
    assert said == [[], [(3, Status.HELD, Cause.AUTO_PROMOTION_PAUSED)], []]


def test_where_nothing_served_before_a_rollback_is_refused(life: TrainerHarness) -> None:
    life.ask(Rollback("ann"))
    (decision,) = decisions(life.ask(Rollback("bob")))
    assert decision == (1, Status.REFUSED, Cause.NO_PREVIOUS_MODEL)


def test_a_rollback_takes_the_candidate_with_it(life: TrainerHarness) -> None:
    life.ask(Refit("ann", 2))
    said = decisions(life.ask(Rollback("bob")))
    assert said == [(3, Status.DROPPED, Cause.SUPERSEDED), (1, Status.ROLLED_BACK, Cause.REQUESTED)]
    assert commands(life.told[-1]) == ["bob", "bob"]
    assert life.state.rollout.candidate is None


def test_a_refit_is_proposed_and_goes_the_way_of_all_candidates(
    life: TrainerHarness, population: PlantedPopulation
) -> None:
    told = life.ask(Refit("ann", 2, seed=3))
    (published, proposal) = told
    assert isinstance(published, Published)
    assert isinstance(proposal, Promotion)
    assert (proposal.segment_model, proposal.status, proposal.trigger) == (3, Status.PROPOSED, Trigger.OPERATOR)
    assert (proposal.cause, proposal.command_id, proposal.changes) == (Cause.REFIT, "ann", ())
    assert len(published.model.ids) == 2
    assert life.state.registry.serving == 2
    assert {event.event for event in proposal.lineage} <= {
        LineageEvent.MERGED,
        LineageEvent.BORN,
        LineageEvent.RETIRED,
        LineageEvent.SPLIT,
    }
    assert proposal.share_moved > 0.09  # at least the smallest group is another segment's now
    life.policy = replace(life.policy, churn_budget=1.0)
    said = [decisions(life.day(population.day(N, at_day(day)))) for day in (2, 3)]
    assert said == [[(4, Status.PROMOTED, Cause.REFRESH)], [(3, Status.PROMOTED, Cause.REFIT)]]
    assert life.serving.ids == published.model.ids


def test_a_refit_of_the_same_users_with_another_seed_changes_no_id(life: TrainerHarness) -> None:
    for seed in (1, 2):
        *_, published, proposal = life.ask(Refit(f"r{seed}", seed=seed))
        assert isinstance(published, Published)
        assert isinstance(proposal, Promotion)
        assert sorted(published.model.ids) == ["s-0001", "s-0002", "s-0003", "s-0004"]
        assert (proposal.lineage, proposal.share_moved) == ((), 0.0)
    assert decisions(life.told[1])[0] == (3, Status.DROPPED, Cause.SUPERSEDED)


def test_ids_of_a_dropped_refit_are_never_used_again(life: TrainerHarness) -> None:
    fresh: set[str] = set()
    for at, k in enumerate((9, 10, 9)):
        published, *_ = (o for o in life.ask(Refit(f"r{at}", k)) if isinstance(o, Published))
        new = {segment for segment in published.model.ids if segment not in life.state.segments.ids}
        assert new
        assert not new & fresh
        fresh |= new
    assert life.state.segments.next_id == 5 + len(fresh)


def test_promoting_another_model_than_the_candidate_drops_it(life: TrainerHarness) -> None:
    life.ask(Refit("ann", 2))
    said = decisions(life.ask(Promote("bob", 1)))
    assert said == [
        (3, Status.DROPPED, Cause.SUPERSEDED),
        (1, Status.PROMOTED, Cause.REQUESTED),
    ]
    assert life.state.rollout.candidate is None


def test_a_candidate_promoted_by_hand_serves_at_once(life: TrainerHarness) -> None:
    life.ask(Refit("ann", 2))
    told = life.ask(Promote("bob", 3))
    assert [status for _, status, _ in decisions(told)] == [Status.PROMOTED]
    assert len(life.serving.ids) == len(life.state.segments.ids) == 2
    assert [event.event for event in events(told)] == ["merged"]
    people = [person.sample for person in life.state.users.reservoir.values()]
    for person, unknown in zip(people, assign_samples(life.serving, people)[1].tolist(), strict=True):
        assert unknown or life.state.users.home_segments[person.user] in life.serving.ids


def test_a_name_given_by_hand_is_kept_through_later_reviews_and_given_back(
    life: TrainerHarness, population: PlantedPopulation
) -> None:
    own = life.serving.name_of("s-0002")
    told = life.ask(Rename("ann", "s-0002", "Bakers"))
    assert decisions(told) == [(3, Status.PROMOTED, Cause.RENAMED)]
    assert events(told) == []
    assert life.serving == replace(
        life.state.registry.models[2],
        version=3,
        descriptions=tuple(
            replace(d, name="Bakers", edited=True) if i == "s-0002" else d
            for i, d in zip(life.serving.ids, life.state.registry.models[2].descriptions, strict=True)
        ),
    )
    for day in (2, 3):
        life.day(population.day(N, at_day(day)))
        assert (life.serving.version, life.serving.name_of("s-0002")) == (day + 2, "Bakers")
    life.ask(Rename("bob", "s-0002", ""))
    assert life.serving.name_of("s-0002") == own
    assert not life.serving.descriptions[1].edited
    life.day(population.day(N, at_day(4)))
    assert life.serving.name_of("s-0002") == own


def test_a_name_survives_a_refit_and_a_promotion(life: TrainerHarness) -> None:
    life.ask(Rename("ann", "s-0002", "Bakers"))
    life.ask(Refit("bob", seed=5))
    assert life.state.rollout.candidate is not None
    life.ask(Promote("eve", life.state.rollout.candidate.version))
    assert life.serving.name_of("s-0002") == "Bakers"


def test_a_rename_is_nothing_to_go_back_from_and_leaves_what_waits(life: TrainerHarness) -> None:
    life.ask(Refit("ann", 2))
    waits = life.state.rollout.candidate
    life.ask(Rename("bob", "s-0001", "Drinkers"))
    assert life.state.registry.previous == (1,)
    assert waits is not None
    assert life.state.rollout.candidate is not None
    assert replace(life.state.rollout.candidate, version=waits.version) == waits
    renamed = life.state.registry.models[life.state.rollout.candidate.version]
    assert [(d.name, d.edited) for s, d in zip(renamed.ids, renamed.descriptions, strict=True) if s == "s-0001"] in (
        [("Drinkers", True)], [],
    )  # fmt: skip
    said = decisions(life.ask(Rollback("eve")))
    assert said[-1][1:] == (Status.ROLLED_BACK, Cause.REQUESTED_RENAMED)
    back, first = life.serving, life.state.registry.models[1]
    assert back.ids == first.ids  # what served before the rename, under the name that was given since
    assert bits(back.centroids) == bits(first.centroids)
    assert back.name_of("s-0001") == "Drinkers"
    assert not life.state.registry.previous


def test_after_however_many_renames_the_model_before_them_can_be_gone_back_to(life: TrainerHarness) -> None:
    for at in range(MODELS_KEPT + 2):
        life.ask(Rename(f"r{at}", "s-0001", f"name {at}"))
    assert len(life.state.registry.models) == MODELS_KEPT + 1  # the newest, and version 1
    first = life.state.registry.models[1]
    assert [status for _, status, _ in decisions(life.ask(Rollback("ann")))] == [Status.ROLLED_BACK]
    assert bits(life.serving.centroids) == bits(first.centroids)


def test_a_rename_leaves_all_three_models_that_served_before(
    life: TrainerHarness, population: PlantedPopulation
) -> None:
    #  version   1 to 4 serve in turn   then 20 that wait and are dropped, one after the other, and a name
    for day in (2, 3):
        life.day(population.day(N, at_day(day)))
    for at in range(MODELS_KEPT):
        life.ask(Refit(f"r{at}", 2))
    assert (life.state.registry.serving, life.state.registry.previous) == (4, (1, 2, 3))
    life.ask(Rename("ann", "s-0001", "Drinkers"))
    assert {1, 2, 3} <= set(life.state.registry.models)


def test_during_a_ramp_no_other_model_is_promoted_automatically(
    life: TrainerHarness, population: PlantedPopulation
) -> None:
    #  day      1                  2       3       4
    #  ramp     1 serves again     ---------       over
    life.ask(Promote("ann", 1, ramp_ms=3 * DAY_MS))
    assert decisions(life.ask(Rename("bob", "s-0001", "Drinkers"))) == [(1, Status.REFUSED, Cause.ROLLOUT_IN_PROGRESS)]
    days = [decisions(life.day(population.day(N, at_day(day)))) for day in (2, 3, 4)]
    assert [[(status, cause) for _, status, cause in told][-1] for told in days] == [
        (Status.HELD, Cause.ROLLOUT_IN_PROGRESS),
        (Status.HELD, Cause.ROLLOUT_IN_PROGRESS),
        (Status.PROMOTED, Cause.REFRESH),
    ]
    assert decisions(life.ask(Rename("eve", "s-0001", "Drinkers")))[0][1] == Status.PROMOTED


def test_an_erased_user_is_in_neither_reservoir_nor_home_segments(life: TrainerHarness) -> None:
    before = life.state
    user = next(u for u in before.users.reservoir if hash_member_id(u, "salt") not in members(before))
    assert life.ask(Forget(user)) == ()
    assert (
        set(before.users.reservoir) - set(life.state.users.reservoir)
        == {user}
        == set(before.users.home_segments) - set(life.state.users.home_segments)
    )
    assert life.state == replace(before, users=life.state.users)
    assert life.ask(Forget("nobody")) == ()


@pytest.mark.parametrize("member_ids", [False, True], ids=["hashes", "ids"])
def test_no_kept_model_names_an_erased_user(population: PlantedPopulation, member_ids: bool) -> None:
    life = TrainerHarness(policy_of(N, member_ids=member_ids))
    for day in range(3):
        life.day(population.day(N, at_day(day)))
    life.ask(Refit("ann", 3))
    life.policy = replace(life.policy, member_ids=not member_ids)  # what is shown can change at any time
    shown = life.state.registry.models[2].descriptions[1].typical[0]
    user = next(u for u in life.state.users.reservoir if shown in (u, hash_member_id(u, "salt")))
    before = life.state
    told = life.ask(Forget(user))
    again = [o.model for o in told if isinstance(o, Published)]
    assert (
        {m.version for m in again} == {v for v, m in before.registry.models.items() if shown in members_of(m)} >= {2, 3}
    )
    assert [o.model.version for o in told if isinstance(o, Served)] == [3]
    assert life.state == replace(before, users=life.state.users, registry=life.state.registry)
    assert user not in {*life.state.users.reservoir, *life.state.users.home_segments}
    assert not members(life.state) & {user, hash_member_id(user, "salt")}
    for version, model in life.state.registry.models.items():
        assert bits(replace(model, descriptions=())) == bits(replace(before.registry.models[version], descriptions=()))
        assert members_of(before.registry.models[version]) - members_of(model) <= {shown}
    assert life.ask(Forget(user)) == ()


def test_models_of_another_encoder_do_not_name_an_erased_user_either(life: TrainerHarness) -> None:
    shown = life.serving.descriptions[0].typical[0]
    user = next(u for u in life.state.users.reservoir if hash_member_id(u, "salt") == shown)
    forgot = execute(life.state, Forget(user), config_of(life.policy, "e2"))
    assert {type(o) for o in forgot.outputs} == {Published, Served}
    assert forgot.state is not None
    assert shown not in members(forgot.state)


def members(state: TrainerState) -> set[str]:
    """All whom the kept models name."""
    return {member for model in state.registry.models.values() for member in members_of(model)}


def members_of(model: SegmentModel) -> set[str]:
    return {member for d in model.descriptions for member in (*d.typical, *d.boundary)}


@pytest.mark.parametrize(
    "asked",
    [Promote("ann", 1), Drop("ann", 1), Rollback("ann"), Refit("ann"), Rename("ann", "s-0001", "x")],
    ids=lambda a: type(a).__name__,
)
def test_with_an_empty_reservoir_every_command_is_refused(life: TrainerHarness, asked: Command) -> None:
    for user in list(life.state.users.reservoir):
        life.ask(Forget(user))
    assert decisions(life.ask(asked)) == [(2, Status.REFUSED, Cause.EMPTY_RESERVOIR)]
    assert commands(life.told[-1]) == ["ann"]
    assert life.state.registry.serving == 2


def test_a_command_that_comes_twice_is_done_once(life: TrainerHarness) -> None:
    told = [
        life.ask(asked)
        for asked in (Refit("ann", 2), Refit("ann", 2), Rename("bob", "s-0001", "x"), Rename("bob", "s-0001", "y"))
    ]
    assert [len(outputs) > 0 for outputs in told] == [True, False, True, False]
    assert life.serving.name_of("s-0001") == "x"


def test_only_the_last_hundred_commands_are_remembered(life: TrainerHarness) -> None:
    for at in range(101):
        life.ask(Promote(f"c{at}", 99))
    assert life.state.handled_commands == tuple(f"c{at}" for at in range(1, 101))

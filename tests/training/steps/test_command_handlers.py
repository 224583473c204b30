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
    """Four groups of 60, 45, 30 and 15 users after two days: version 2 serves, 1 did before."""
    population, trainer = PlantedPopulation(spread=0.05), TrainerHarness(policy_of(N))
    for day in range(2):
        trainer.day(population.day(N, at_day(day)))
    return trainer, population


@pytest.fixture
def trainer(known: tuple[TrainerHarness, PlantedPopulation]) -> TrainerHarness:
    """Return a copy of the trainer for each test."""
    return replace(known[0], current_segments=dict(known[0].current_segments), outputs=[])


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
    trainer: TrainerHarness, asked: Promote | Drop | Rename, decision: tuple[int, Status, Cause]
) -> None:
    before = trainer.state
    assert decisions(trainer.ask(asked)) == [decision]
    assert trainer.state == replace(before, handled_commands=("ann",))


def test_a_model_of_another_encoder_does_not_serve_again(trainer: TrainerHarness) -> None:
    models = {**trainer.state.registry.models, 1: replace(trainer.state.registry.models[1], encoder="e0")}
    trainer.trained = replace(trainer.state, registry=replace(trainer.state.registry, models=models))
    assert [status for _, status, _ in decisions(trainer.ask(Promote("ann", 1)))] == [Status.REFUSED]


def test_a_dropped_candidate_leaves_the_serving_model_and_later_refreshes(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    trainer.ask(Refit("ann", 2))
    models, previous = trainer.state.registry.models, trainer.state.registry.previous
    assert decisions(trainer.ask(Drop("bob", 2))) == [(2, Status.REFUSED, Cause.NOT_A_CANDIDATE)]
    assert decisions(trainer.ask(Drop("eve", 3))) == [(3, Status.DROPPED, Cause.REQUESTED)]
    assert commands(trainer.outputs[-1]) == ["eve"]
    assert (trainer.state.rollout.candidate, trainer.state.registry.serving, trainer.state.registry.previous) == (
        None,
        2,
        previous,
    )
    assert trainer.state.registry.models == models  # it can still be promoted
    trainer.policy = replace(trainer.policy, churn_budget=1.0)
    for day in (2, 3, 4):
        said = decisions(trainer.day(population.day(N, at_day(day))))
        assert [(status, cause) for _, status, cause in said] == [(Status.PROMOTED, Cause.REFRESH)]
    assert decisions(trainer.ask(Drop("joe", 3)))[0][1] == Status.REFUSED


def test_a_previous_model_is_promoted_with_the_requested_ramp(trainer: TrainerHarness) -> None:
    (decision, served) = trainer.ask(Promote("ann", 1, ramp_ms=60_000))
    assert isinstance(decision, Promotion)
    assert isinstance(served, Served)
    assert (decision.segment_model, decision.previous_model, decision.status) == (1, 2, Status.PROMOTED)
    assert (decision.trigger, decision.cause) == (Trigger.OPERATOR, Cause.REQUESTED)
    assert (decision.command_id, decision.ramp_ms, decision.n_sampled) == ("ann", 60_000, N)
    assert served.model.version == trainer.state.registry.serving == 1
    assert trainer.state.registry.previous == (1, 2)


def test_a_promotion_without_a_ramp_has_that_of_the_policy(trainer: TrainerHarness) -> None:
    trainer.policy = replace(trainer.policy, ramp_ms=7)
    (decision, _) = trainer.ask(Promote("ann", 1))
    assert isinstance(decision, Promotion)
    assert decision.ramp_ms == 7


def test_a_rollback_serves_the_previous_model_and_pauses_automatic_promotion(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    #  day         2 3                          4
    #  serving     1 by rollback, no refresh    refreshes serve again, after a promotion by hand
    outputs = trainer.ask(Rollback("ann"))
    assert decisions(outputs) == [(1, Status.ROLLED_BACK, Cause.REQUESTED)]
    assert frozen(outputs) == [True]
    assert (
        trainer.state.registry.serving,
        trainer.state.registry.previous,
        trainer.state.rollout.auto_promotion_paused,
    ) == (
        1,
        (),
        True,
    )
    for day in (2, 3):
        trainer.day(population.day(N, at_day(day)))
    assert [decision for outputs in trainer.outputs[1:] for decision in decisions(outputs)] == []
    assert trainer.state.registry.serving == 1
    assert frozen(trainer.ask(Promote("eve", 9))) == [True]  # refused, so it goes on
    assert decisions(trainer.ask(Promote("bob", 1))) == [(1, Status.PROMOTED, Cause.REQUESTED)]
    assert frozen(trainer.outputs[-1]) == [False]
    assert (trainer.state.registry.serving, trainer.state.rollout.auto_promotion_paused) == (1, False)
    assert decisions(trainer.day(population.day(N, at_day(4)))) == [(3, Status.PROMOTED, Cause.REFRESH)]


def test_a_rename_after_a_rollback_does_not_resume_automatic_promotion(trainer: TrainerHarness) -> None:
    trainer.ask(Rollback("ann"))
    assert frozen(trainer.ask(Rename("bob", "s-0001", "Drinkers"))) == [True]
    assert trainer.state.rollout.auto_promotion_paused


def frozen(outputs: Sequence[Output]) -> list[bool]:
    """Return whether each decision says that automatic promotion is paused."""
    return [o.auto_promotion_paused for o in outputs if isinstance(o, Promotion)]


def commands(outputs: Sequence[Output]) -> list[str]:
    """Return the command id of each decision."""
    return [o.command_id for o in outputs if isinstance(o, Promotion)]


def test_a_refit_after_a_rollback_is_held_and_no_refresh_replaces_it(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    trainer.ask(Rollback("ann"))
    trainer.ask(Refit("bob", 3))
    said = [decisions(trainer.day(population.day(N, at_day(day)))) for day in (2, 3, 4)]
    assert said == [[], [(3, Status.HELD, Cause.AUTO_PROMOTION_PAUSED)], []]


def test_a_rollback_without_a_previous_model_is_refused(trainer: TrainerHarness) -> None:
    trainer.ask(Rollback("ann"))
    (decision,) = decisions(trainer.ask(Rollback("bob")))
    assert decision == (1, Status.REFUSED, Cause.NO_PREVIOUS_MODEL)


def test_a_rollback_drops_the_candidate(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    said = decisions(trainer.ask(Rollback("bob")))
    assert said == [(3, Status.DROPPED, Cause.SUPERSEDED), (1, Status.ROLLED_BACK, Cause.REQUESTED)]
    assert commands(trainer.outputs[-1]) == ["bob", "bob"]
    assert trainer.state.rollout.candidate is None


def test_a_refit_is_proposed_and_promoted_as_any_candidate(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    outputs = trainer.ask(Refit("ann", 2, seed=3))
    (published, proposal) = outputs
    assert isinstance(published, Published)
    assert isinstance(proposal, Promotion)
    assert (proposal.segment_model, proposal.status, proposal.trigger) == (3, Status.PROPOSED, Trigger.OPERATOR)
    assert (proposal.cause, proposal.command_id, proposal.changes) == (Cause.REFIT, "ann", ())
    assert len(published.model.ids) == 2
    assert trainer.state.registry.serving == 2
    assert {event.event for event in proposal.lineage} <= {
        LineageEvent.MERGED,
        LineageEvent.BORN,
        LineageEvent.RETIRED,
        LineageEvent.SPLIT,
    }
    assert proposal.share_moved > 0.09  # at least the smallest group is another segment's now
    trainer.policy = replace(trainer.policy, churn_budget=1.0)
    said = [decisions(trainer.day(population.day(N, at_day(day)))) for day in (2, 3)]
    assert said == [[(4, Status.PROMOTED, Cause.REFRESH)], [(3, Status.PROMOTED, Cause.REFIT)]]
    assert trainer.serving.ids == published.model.ids


def test_a_refit_of_the_same_users_with_another_seed_changes_no_id(trainer: TrainerHarness) -> None:
    for seed in (1, 2):
        *_, published, proposal = trainer.ask(Refit(f"r{seed}", seed=seed))
        assert isinstance(published, Published)
        assert isinstance(proposal, Promotion)
        assert sorted(published.model.ids) == ["s-0001", "s-0002", "s-0003", "s-0004"]
        assert (proposal.lineage, proposal.share_moved) == ((), 0.0)
    assert decisions(trainer.outputs[1])[0] == (3, Status.DROPPED, Cause.SUPERSEDED)


def test_ids_of_a_dropped_refit_are_never_used_again(trainer: TrainerHarness) -> None:
    fresh: set[str] = set()
    for at, k in enumerate((9, 10, 9)):
        published, *_ = (o for o in trainer.ask(Refit(f"r{at}", k)) if isinstance(o, Published))
        new = {segment for segment in published.model.ids if segment not in trainer.state.segments.ids}
        assert new
        assert not new & fresh
        fresh |= new
    assert trainer.state.segments.next_id == 5 + len(fresh)


def test_promoting_another_model_than_the_candidate_drops_it(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    said = decisions(trainer.ask(Promote("bob", 1)))
    assert said == [
        (3, Status.DROPPED, Cause.SUPERSEDED),
        (1, Status.PROMOTED, Cause.REQUESTED),
    ]
    assert trainer.state.rollout.candidate is None


def test_a_candidate_promoted_by_an_operator_serves_at_once(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    outputs = trainer.ask(Promote("bob", 3))
    assert [status for _, status, _ in decisions(outputs)] == [Status.PROMOTED]
    assert len(trainer.serving.ids) == len(trainer.state.segments.ids) == 2
    assert [event.event for event in events(outputs)] == ["merged"]
    samples = [entry.sample for entry in trainer.state.users.reservoir.values()]
    for sample, unknown in zip(samples, assign_samples(trainer.serving, samples)[1].tolist(), strict=True):
        assert unknown or trainer.state.users.home_segments[sample.user] in trainer.serving.ids


def test_an_edited_name_is_kept_through_later_reviews_until_it_is_reset(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    own = trainer.serving.name_of("s-0002")
    outputs = trainer.ask(Rename("ann", "s-0002", "Bakers"))
    assert decisions(outputs) == [(3, Status.PROMOTED, Cause.RENAMED)]
    assert events(outputs) == []
    assert trainer.serving == replace(
        trainer.state.registry.models[2],
        version=3,
        descriptions=tuple(
            replace(d, name="Bakers", edited=True) if i == "s-0002" else d
            for i, d in zip(trainer.serving.ids, trainer.state.registry.models[2].descriptions, strict=True)
        ),
    )
    for day in (2, 3):
        trainer.day(population.day(N, at_day(day)))
        assert (trainer.serving.version, trainer.serving.name_of("s-0002")) == (day + 2, "Bakers")
    trainer.ask(Rename("bob", "s-0002", ""))
    assert trainer.serving.name_of("s-0002") == own
    assert not trainer.serving.descriptions[1].edited
    trainer.day(population.day(N, at_day(4)))
    assert trainer.serving.name_of("s-0002") == own


def test_a_name_survives_a_refit_and_a_promotion(trainer: TrainerHarness) -> None:
    trainer.ask(Rename("ann", "s-0002", "Bakers"))
    trainer.ask(Refit("bob", seed=5))
    assert trainer.state.rollout.candidate is not None
    trainer.ask(Promote("eve", trainer.state.rollout.candidate.version))
    assert trainer.serving.name_of("s-0002") == "Bakers"


def test_a_rename_is_skipped_by_a_rollback_and_keeps_the_candidate(trainer: TrainerHarness) -> None:
    trainer.ask(Refit("ann", 2))
    waits = trainer.state.rollout.candidate
    trainer.ask(Rename("bob", "s-0001", "Drinkers"))
    assert trainer.state.registry.previous == (1,)
    assert waits is not None
    assert trainer.state.rollout.candidate is not None
    assert replace(trainer.state.rollout.candidate, version=waits.version) == waits
    renamed = trainer.state.registry.models[trainer.state.rollout.candidate.version]
    assert [(d.name, d.edited) for s, d in zip(renamed.ids, renamed.descriptions, strict=True) if s == "s-0001"] in (
        [("Drinkers", True)], [],
    )  # fmt: skip
    said = decisions(trainer.ask(Rollback("eve")))
    assert said[-1][1:] == (Status.ROLLED_BACK, Cause.REQUESTED_RENAMED)
    back, first = trainer.serving, trainer.state.registry.models[1]
    assert back.ids == first.ids  # what served before the rename, under the name that was given since
    assert bits(back.centroids) == bits(first.centroids)
    assert back.name_of("s-0001") == "Drinkers"
    assert not trainer.state.registry.previous


def test_a_rollback_restores_the_model_before_any_number_of_renames(trainer: TrainerHarness) -> None:
    for at in range(MODELS_KEPT + 2):
        trainer.ask(Rename(f"r{at}", "s-0001", f"name {at}"))
    assert len(trainer.state.registry.models) == MODELS_KEPT + 1  # the newest, and version 1
    first = trainer.state.registry.models[1]
    assert [status for _, status, _ in decisions(trainer.ask(Rollback("ann")))] == [Status.ROLLED_BACK]
    assert bits(trainer.serving.centroids) == bits(first.centroids)


def test_a_rename_keeps_all_three_previous_models(trainer: TrainerHarness, population: PlantedPopulation) -> None:
    #  version   1 to 4 serve in turn   then 20 that wait and are dropped, one after the other, and a name
    for day in (2, 3):
        trainer.day(population.day(N, at_day(day)))
    for at in range(MODELS_KEPT):
        trainer.ask(Refit(f"r{at}", 2))
    assert (trainer.state.registry.serving, trainer.state.registry.previous) == (4, (1, 2, 3))
    trainer.ask(Rename("ann", "s-0001", "Drinkers"))
    assert {1, 2, 3} <= set(trainer.state.registry.models)


def test_during_a_ramp_no_other_model_is_promoted_automatically(
    trainer: TrainerHarness, population: PlantedPopulation
) -> None:
    #  day      1                  2       3       4
    #  ramp     1 serves again     ---------       over
    trainer.ask(Promote("ann", 1, ramp_ms=3 * DAY_MS))
    assert decisions(trainer.ask(Rename("bob", "s-0001", "Drinkers"))) == [
        (1, Status.REFUSED, Cause.ROLLOUT_IN_PROGRESS)
    ]
    days = [decisions(trainer.day(population.day(N, at_day(day)))) for day in (2, 3, 4)]
    assert [[(status, cause) for _, status, cause in outputs][-1] for outputs in days] == [
        (Status.HELD, Cause.ROLLOUT_IN_PROGRESS),
        (Status.HELD, Cause.ROLLOUT_IN_PROGRESS),
        (Status.PROMOTED, Cause.REFRESH),
    ]
    assert decisions(trainer.ask(Rename("eve", "s-0001", "Drinkers")))[0][1] == Status.PROMOTED


def test_an_erased_user_is_in_neither_reservoir_nor_home_segments(trainer: TrainerHarness) -> None:
    before = trainer.state
    user = next(u for u in before.users.reservoir if hash_member_id(u, "salt") not in members(before))
    assert trainer.ask(Forget(user)) == ()
    assert (
        set(before.users.reservoir) - set(trainer.state.users.reservoir)
        == {user}
        == set(before.users.home_segments) - set(trainer.state.users.home_segments)
    )
    assert trainer.state == replace(before, users=trainer.state.users)
    assert trainer.ask(Forget("stranger")) == ()


@pytest.mark.parametrize("member_ids", [False, True], ids=["hashes", "ids"])
def test_no_kept_model_names_an_erased_user(population: PlantedPopulation, member_ids: bool) -> None:
    trainer = TrainerHarness(policy_of(N, member_ids=member_ids))
    for day in range(3):
        trainer.day(population.day(N, at_day(day)))
    trainer.ask(Refit("ann", 3))
    trainer.policy = replace(trainer.policy, member_ids=not member_ids)  # what is shown can change at any time
    shown = trainer.state.registry.models[2].descriptions[1].typical[0]
    user = next(u for u in trainer.state.users.reservoir if shown in (u, hash_member_id(u, "salt")))
    before = trainer.state
    outputs = trainer.ask(Forget(user))
    again = [o.model for o in outputs if isinstance(o, Published)]
    assert (
        {m.version for m in again} == {v for v, m in before.registry.models.items() if shown in members_of(m)} >= {2, 3}
    )
    assert [o.model.version for o in outputs if isinstance(o, Served)] == [3]
    assert trainer.state == replace(before, users=trainer.state.users, registry=trainer.state.registry)
    assert user not in {*trainer.state.users.reservoir, *trainer.state.users.home_segments}
    assert not members(trainer.state) & {user, hash_member_id(user, "salt")}
    for version, model in trainer.state.registry.models.items():
        assert bits(replace(model, descriptions=())) == bits(replace(before.registry.models[version], descriptions=()))
        assert members_of(before.registry.models[version]) - members_of(model) <= {shown}
    assert trainer.ask(Forget(user)) == ()


def test_models_of_another_encoder_do_not_name_an_erased_user_either(trainer: TrainerHarness) -> None:
    shown = trainer.serving.descriptions[0].typical[0]
    user = next(u for u in trainer.state.users.reservoir if hash_member_id(u, "salt") == shown)
    forgot = execute(trainer.state, Forget(user), config_of(trainer.policy, "e2"))
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
def test_with_an_empty_reservoir_every_command_is_refused(trainer: TrainerHarness, asked: Command) -> None:
    for user in list(trainer.state.users.reservoir):
        trainer.ask(Forget(user))
    assert decisions(trainer.ask(asked)) == [(2, Status.REFUSED, Cause.EMPTY_RESERVOIR)]
    assert commands(trainer.outputs[-1]) == ["ann"]
    assert trainer.state.registry.serving == 2


def test_a_repeated_command_is_executed_once(trainer: TrainerHarness) -> None:
    outputs = [
        trainer.ask(asked)
        for asked in (Refit("ann", 2), Refit("ann", 2), Rename("bob", "s-0001", "x"), Rename("bob", "s-0001", "y"))
    ]
    assert [len(outputs) > 0 for outputs in outputs] == [True, False, True, False]
    assert trainer.serving.name_of("s-0001") == "x"


def test_only_the_last_hundred_commands_are_remembered(trainer: TrainerHarness) -> None:
    for at in range(101):
        trainer.ask(Promote(f"c{at}", 99))
    assert trainer.state.handled_commands == tuple(f"c{at}" for at in range(1, 101))

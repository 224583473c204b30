"""Erasure of a user from the trainer's state and from every kept model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.segment_model import SegmentModel
from stream.training.describe.member_hash import hash_member_id
from stream.training.steps.train import execute
from stream.training.values.commands import Forget, Refit
from stream.training.values.outputs import Published, Served
from stream.training.values.state import TrainerState
from tests.core.planted import PlantedPopulation, bits
from tests.training.harness import TrainerHarness, at_day, config_of, policy_of
from tests.training.steps.conftest import N


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

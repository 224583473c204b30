"""The trainer's state after a crash, on another worker and after an erasure."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stream.training.values.commands import Forget, Refit, Rename, Renew
from stream.training.values.promotion import Cause, Status
from stream.wire.state_records import Put
from stream.wire.trainer_records import STATE_KEY
from tests.core.planted import PlantedPopulation
from tests.jobs.trainer_runs import FIRST, N, Ran, compacted, days, log
from tests.training.harness import at_day


def kept(puts: Sequence[Put]) -> dict[bytes, Put]:
    """Return the records that compaction leaves, without those that delete."""
    return {key: put for key, put in {put.key: put for put in puts}.items() if put.value is not None}


@pytest.mark.parametrize("staged", [False, True])
def test_a_batch_that_was_not_delivered_never_was(staged: bool) -> None:
    raws = log(*days(2))
    ran = Ran().run(raws[:30])
    lost = ran.trainer.process(0, raws[30:], 0)
    if staged:
        ran.trainer.stage(lost)
        ran.trainer.process(0, raws[30:], 0)  # on top of it, and as lost
    ran.trainer.discard(0)
    again = Ran().run(raws)
    ran.run(raws)  # from the last committed offset: there was none
    assert ran.messages == again.messages
    assert ran.puts == again.puts


def test_a_restored_state_trains_on_bit_for_bit_as_the_continuous_one() -> None:
    samples = days(4)
    raws = log(
        *samples[: N + 7],
        Rename("ann", "s-0001", "Bakers"),
        *samples[N + 7 : 2 * N + 3],
        Refit("bob", 3),
        *samples[2 * N + 3 :],
    )
    continuous = Ran().run(raws)
    for stop in (N, N + 8, 2 * N + 2, 2 * N + 5, len(raws) - 1):
        first = Ran().run(raws[:stop])
        assert first.offset is not None
        second = Ran(compacted(first.puts))
        assert second.begins == first.offset, "who lost the group's offset, or committed it too late, repeats nothing"
        second.run(raws[first.offset - FIRST :])
        assert first.messages + second.messages == continuous.messages
        assert {put.key: put for put in [*first.puts, *second.puts]} == {put.key: put for put in continuous.puts}


def test_a_trainer_restarted_after_a_generation_goes_on_bit_for_bit() -> None:
    #  day      0 1   2                3    4                 5
    #  users    N N   as many others   N    N, then renewed   N
    population = PlantedPopulation((0.6, 0.4))
    samples = [s for day in range(6) for s in population.day(N, at_day(day), name="v" if day == 2 else "u")]
    raws = log(*samples[: 5 * N], Renew("ann"), *samples[5 * N :])
    continuous = Ran().run(raws)
    causes = [verdict.cause for verdict in continuous.verdicts()]
    assert [cause for cause in causes if cause is not Cause.REFRESH] == [Cause.WARM_UP, Cause.GROWN, Cause.RENEWED]
    for stop in (3 * N, 3 * N + 1, 4 * N, 5 * N, 5 * N + 1, 5 * N + 2):
        first = Ran().run(raws[:stop])
        assert first.offset is not None
        second = Ran(compacted(first.puts))
        assert second.begins == first.offset
        second.run(raws[first.offset - FIRST :])
        assert first.messages + second.messages == continuous.messages
        assert kept([*first.puts, *second.puts]) == kept(continuous.puts)


def test_another_worker_restores_the_state_from_the_changelog() -> None:
    raws = log(*days(2))
    first = Ran().run(raws)
    trainer = first.trainer
    looked = trainer.health
    assert looked is not None
    trainer.revoke(0)
    assert trainer.health is None
    with pytest.raises(KeyError):
        trainer.process(0, raws, 0)
    trainer.revoke(0)
    second = Ran(compacted(first.puts))
    assert second.trainer.health == looked
    second.run(log(*days(3)[2 * N :]))
    assert [(v.segment_model, v.status) for v in second.verdicts()] == [(3, Status.PROMOTED)]


def test_waiting_samples_of_an_erased_user_are_not_learned() -> None:
    samples = days(2)
    waiting, rest = samples[: N - 1], samples[N - 1 :]
    user = waiting[0].user
    ran = Ran().run(log(*waiting, Forget(user)))
    assert ran.offset == FIRST + 1  # behind theirs, before those who wait
    ran.run(log(*samples[: N - 1], Forget(user), *[s for s in rest if s.user != user][:2])[N:])
    keys = {put.key for put in ran.puts}
    assert b"t" in keys
    assert b"s" + user.encode() not in keys
    assert user.encode() not in b"".join(put.value or b"" for put in ran.puts if put.key != STATE_KEY)


def test_an_erased_user_is_removed_from_the_changelog() -> None:
    ran = Ran().run(log(*days(1), Forget("u7")), inclusion_thresholds=[N])
    assert [put for put in ran.puts if put.key == b"su7"][-1].value is None

"""The trainer as a job: its offset and its messages."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from stream.runtime.job import BatchSummary
from stream.training.values.commands import Promote, Refit, Rename
from stream.training.values.promotion import Cause, Status
from stream.wire.health import health_message
from stream.wire.samples import sample_message
from stream.wire.segment_models import load_segment_model
from tests.jobs.trainer_runs import FIRST, POLICY, N, Ran, compacted, days, log
from tests.training.harness import at_day


def test_the_offset_moves_only_with_learned_samples() -> None:
    samples = days(2)
    trainer = Ran().trainer
    raws = log(*samples)
    waiting = trainer.process(0, raws[: N - 1], 0)
    assert (waiting.next_offset, waiting.puts, waiting.messages) == (None, [], [])
    assert (waiting.summary.n_records, waiting.summary.oldest_ms) == (N - 1, 5_000)
    trainer.merge(waiting)
    learned = trainer.process(0, raws[N - 1 : N + 5], 0)
    assert learned.next_offset == FIRST + N  # the first of five that wait
    assert learned.puts
    trainer.merge(learned)
    rest = trainer.process(0, raws[N + 5 :], 0)
    assert rest.next_offset == FIRST + 2 * N  # none waits: behind the last


def test_without_records_there_is_nothing_to_do() -> None:
    trainer = Ran().trainer
    batch = trainer.process(0, [], 0)
    assert (batch.summary, batch.next_offset, batch.puts) == (BatchSummary(0, None, 0), None, [])
    assert (trainer.prepare(), trainer.next_due_ms(0), trainer.role, trainer.input_topic) == (
        True,
        None,
        "train",
        "profile-sample",
    )
    assert trainer.changelog.name == "g-trainer-changelog"


@pytest.mark.parametrize("cuts", [(1, 2, 39, 41, 90), (40, 80), (60,)])
def test_it_does_not_matter_where_batches_are_cut(cuts: tuple[int, ...]) -> None:
    raws = log(*days(2), Refit("ann", 3), *days(3)[2 * N :], Rename("bob", "s-0001", "x"))
    whole, parts = Ran().run(raws), Ran().run(raws, cuts)
    assert parts.messages == whole.messages
    assert {put.key: put for put in parts.puts} == {put.key: put for put in whole.puts}
    assert parts.offset == whole.offset


def test_a_command_is_done_at_its_place_among_the_samples() -> None:
    #  samples     0 ... 39   5 wait           35 more
    #  command                      rename
    samples = days(2)
    ran = Ran().run(log(*samples[: N + 5], Rename("ann", "s-0001", "Bakers"), *samples[N + 5 :]))
    assert [(v.segment_model, v.cause, v.command_id) for v in ran.verdicts()] == [
        (1, Cause.WARM_UP, ""),
        (2, Cause.RENAMED, "ann"),
        (3, Cause.REFRESH, ""),
    ]
    named = [load_segment_model(value).name_of("s-0001") for value in ran.said("segment-model") if b'"model":' in value]
    assert [name == "Bakers" for name in named] == [False, True, True]


def test_a_command_moves_the_offset_up_to_the_samples_that_wait_for_it() -> None:
    samples = days(2)
    ran = Ran().run(log(*samples[:N]))
    batch = ran.trainer.process(0, log(*samples[: N + 3], Promote("ann", 9))[N:], 0)
    assert batch.next_offset == FIRST + N
    ran.deliver(batch)
    assert [(v.cause, v.command_id) for v in ran.verdicts()][-1] == (Cause.NO_SUCH_MODEL, "ann")
    again = Ran(compacted(ran.puts)).run(log(*samples[: N + 3], Promote("ann", 9))[N:])
    assert again.messages == []  # it comes again behind the samples that wait, and is not done again
    alone = ran.trainer.process(0, log(*samples[: N + 4], Promote("bob", 9))[N + 4 :], 0)
    assert alone.next_offset == FIRST + N


def test_unreadable_records_are_counted_and_skipped() -> None:
    samples, bad = days(1), sample_message(days(1)[0])
    short = msgspec.msgpack.decode(bad.value or b"")
    raws = log(
        *samples[:10], b"\xc1", None, msgspec.msgpack.encode([*short[:2], b"1234567", *short[3:]]), *samples[10:]
    )
    raws.insert(3, raws[0]._replace(key=b"command", value=b'{"command":"stop","fields":{}}'))
    deep = b"[" * 100_000  # deeper than the interpreter's stack: a RecursionError, which is no DecodeError
    for value in (deep, b'{"command":"promote","fields":' + deep, b'{"command":"promote","fields":{"x":' + deep):
        raws.insert(3, raws[0]._replace(key=b"command", value=value))
    ran = Ran().run(raws)
    assert ran.trainer.n_unreadable == 7
    assert [v.segment_model for v in ran.verdicts()] == [1]


def test_samples_of_other_features_do_not_wait_and_are_counted() -> None:
    #  what is left on the topic when SEGUE_KINDS has changed
    samples = days(2)
    other = [replace(s, explicit=np.append(s.explicit, 0.0)) for s in samples[:N]]
    ran = Ran().run(log(*other, *samples[: N - 1]))
    assert (ran.offset, ran.messages, ran.trainer.n_unreadable) == (None, [], N)
    assert ran.trainer.warm_up == (N - 1, N)
    ran.run(log(*other, *samples[:N])[2 * N - 1 :])
    assert [v.segment_model for v in ran.verdicts()] == [1]
    assert ran.offset == FIRST + 2 * N
    assert ran.trainer.warm_up is None
    wide = replace(samples[N], semantic=np.append(samples[N].semantic, np.float32(0)))
    ran.run([raw._replace(offset=raw.offset + 2 * N) for raw in log(wide, *samples[N:])])
    assert ([v.segment_model for v in ran.verdicts()], ran.trainer.n_unreadable) == ([1, 2], N + 1)


def test_samples_of_a_warm_up_whose_vectors_are_of_another_width_are_counted_too() -> None:
    samples = days(1)
    wide = replace(samples[0], semantic=np.append(samples[0].semantic, np.float32(0)))
    ran = Ran().run(log(wide, *samples[1:]))
    assert ([v.segment_model for v in ran.verdicts()], ran.trainer.n_unreadable) == ([1], 1)


def test_the_progress_of_a_warm_up_is_exposed_where_the_trainer_runs() -> None:
    samples = days(1)
    ran = Ran()
    assert ran.trainer.warm_up == (0, N)
    ran.run(log(*samples[:7]))
    assert ran.trainer.warm_up == (7, N)
    ran.trainer.revoke(0)
    assert ran.trainer.warm_up is None
    again = Ran(compacted(Ran().run(log(*samples)).puts))
    assert again.trainer.warm_up is None
    assert Ran(again.puts, encoder="e2").trainer.warm_up == (0, N)


def test_one_waiting_event_from_the_future_delays_neither_a_ramp_nor_the_next_command() -> None:
    #  samples     day 0    day 1: 9 wait, the last ten years ahead
    #  commands                          promote 1 over a minute    rename, a minute later
    samples = days(3)
    ahead = replace(samples[2 * N + 8], time_ms=at_day(3650))
    later = [replace(s, time_ms=at_day(2) + 61_000) for s in samples[2 * N + 9 : 3 * N]]
    raws = log(
        *samples[: 2 * N + 8], ahead, Promote("ann", 1, 60_000), *later[: N - 10], Rename("bob", "s-0001", "Bakers")
    )
    ran = Ran().run(raws)
    promoted, renamed = ran.verdicts()[-2:]
    assert (promoted.time_ms, promoted.ramp_ms) == (at_day(2), 60_000)
    assert (renamed.status, renamed.time_ms) == (Status.PROMOTED, at_day(2) + 61_000)


def test_samples_of_another_encoder_do_not_wait() -> None:
    samples = days(1)
    other = [replace(s, encoder="e0") for s in samples]
    ran = Ran().run(log(*other, *samples[:-1]))
    assert (ran.offset, ran.messages, ran.trainer.n_unreadable) == (None, [], 0)
    ran.run(log(*other, *samples)[-1:])
    assert [v.segment_model for v in ran.verdicts()] == [1]


def test_the_newest_health_report_is_exposed() -> None:
    ran = Ran().run(log(*days(1)))
    assert ran.trainer.health is None
    ran.run(log(*days(3))[N:])
    assert ran.trainer.health is not None
    assert ran.trainer.health.time_ms == at_day(2)
    assert ran.said("segment-health")[-1] == health_message(ran.trainer.health).value


def test_a_model_precedes_its_promotion_and_then_the_catalogue_follows() -> None:
    ran = Ran().run(log(*days(1)))
    assert [(m.topic, m.key) for m in ran.messages] == [
        ("segment-model", b"1"),
        ("segment-promotions", b"1"),
        ("segment-model", b"serving"),
        ("segment-lineage", b"s-0001"),
        ("segment-lineage", b"s-0002"),
        ("segments", b"s-0001"),
        ("segments", b"s-0002"),
    ]


def test_an_early_warm_up_is_that_of_a_trainer_which_needs_no_more_samples() -> None:
    raws = log(*days(1))[: N // 2]
    whole, early = Ran(policy=replace(POLICY, warm_up_samples=N // 2)).run(raws), Ran().run(raws)
    assert early.messages == []
    early.deliver(early.trainer.warm_up_early(0))
    assert early.messages == whole.messages
    assert early.puts == whole.puts
    assert early.offset == whole.offset == FIRST + N // 2
    assert early.trainer.buffer(0).waiting == ()


def test_too_few_users_make_no_early_model_and_a_second_one_is_not_made() -> None:
    few = Ran().run(log(*days(1))[:4])
    few.deliver(few.trainer.warm_up_early(0))
    assert (few.messages, few.offset, len(few.trainer.buffer(0).waiting)) == ([], None, 4)
    enough = Ran().run(log(*days(2))[: N + 10])
    n_said = len(enough.messages)
    enough.deliver(enough.trainer.warm_up_early(0))
    assert len(enough.messages) == n_said
    assert len(enough.trainer.buffer(0).waiting) == 10

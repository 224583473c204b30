"""Sampled profiles: the newest of each user, always of the same users."""

from __future__ import annotations

from pathlib import Path

from stream.store.policy import StorePolicy
from stream.store.queries.samples import samples
from stream.wire.commands import COMMAND_KEY
from stream.wire.topics import PROFILE_SAMPLE
from tests.store.builders import T0, Log, stored


def test_the_newest_sample_of_a_user_counts(tmp_path: Path) -> None:
    log = Log()
    log.sample(x=1.0, time_ms=T0)
    log.sample(x=2.0, time_ms=T0 + 1)
    log.sample(x=3.0, time_ms=T0 - 1)  # an older one, delivered late
    log.add(PROFILE_SAMPLE, COMMAND_KEY, {"command": "refit", "fields": {}})
    frame = samples(stored(tmp_path, log))
    assert (frame.users, frame.explicit.tolist(), frame.time_ms) == (("ann",), [[2.0, 0.0]], (T0 + 1,))
    assert (frame.texts, frame.encoder, frame.segments) == ((("milk",),), "e1", ("s-0001",))


def test_no_profiles_are_kept_if_none_are_wanted(tmp_path: Path) -> None:
    log = Log()
    log.sample()
    assert samples(stored(tmp_path, log, StorePolicy(keep_profiles=0))).users == ()


def test_samples_of_another_encoder_and_of_other_segments_are_left_out(tmp_path: Path) -> None:
    log = Log()
    log.sample(user="ann")
    log.member(user="ann", segment="s-0007")
    log.sample(user="bob")
    store = stored(tmp_path, log)
    assert samples(store, "s-0007").users == ("ann",)
    assert samples(store, limit=1).users == ("ann",)
    assert samples(store, "nothing").users == samples(store, "\ud800").users == ()


def test_a_cut_sample_is_damaged(tmp_path: Path) -> None:
    log = Log()
    log.add(PROFILE_SAMPLE, "sample", b"\x99\xa1a")
    assert stored(tmp_path, log).rows("SELECT topic, n FROM damaged") == [(PROFILE_SAMPLE, 1)]

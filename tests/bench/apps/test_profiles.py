"""Rows of the cost of publishing profiles: counts and bytes by hand, and a quick run whose order must hold."""

from __future__ import annotations

import pytest

from bench.apps.profiles import Sizes, mean_bytes, measure, row
from stream.core.policy import PublishProfiles
from stream.wire.records import ProducerRecord


def test_bytes_are_of_keys_and_values_and_a_users_are_of_the_newest_record() -> None:
    found = [ProducerRecord("user-profiles", b"ann", value, []) for value in (b"1234567", b"1", b"123")]
    done = row(PublishProfiles.ALWAYS, 3.0, 2.0, found, n_events=4)
    assert (done.us_per_event, done.ratio, done.records_per_event) == (750_000, 1.5, 0.75)
    assert done.bytes_per_record == pytest.approx((10 + 4 + 6) / 3)
    assert done.bytes_per_user == 6
    assert mean_bytes([]) is None


def test_a_quick_run_publishes_none_then_few_then_one_for_each_event() -> None:
    off, changes, always = measure(Sizes(n_training=5_000, n_events=500, n_rounds=1))
    assert (off.publish_profiles, off.records_per_event, off.bytes_per_record) == ("off", 0, None)
    assert 0 < changes.records_per_event < 0.5
    assert always.records_per_event > 0.9, "all but events that are late or repeated"
    assert always.bytes_per_record
    assert always.bytes_per_record > 300

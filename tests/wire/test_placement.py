"""The partition of a key, as every client of Kafka that uses murmur2 has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.wire.placement import Placement, partition_of, partitions_of


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_partitions_follow_the_hashes_of_kafkas_own_test(key: bytes, murmur2: int) -> None:
    """The numbers are of `UtilsTest.testMurmur2` in Apache Kafka's Java client."""
    for n_partitions in (1, 2, 3, 12, 1000):
        assert partition_of(key, n_partitions) == (murmur2 & 0x7FFFFFFF) % n_partitions


def test_a_line_without_a_key_goes_to_the_first_partition() -> None:
    assert partition_of(None, 7) == 0


def test_the_home_of_a_user_is_the_partition_of_the_user_id_in_utf8() -> None:
    assert Placement(12).homes(["李娜".encode(), b"ann"]).tolist() == [
        partition_of("李娜".encode(), 12),
        partition_of(b"ann", 12),
    ]


@given(st.lists(st.binary(max_size=20) | st.binary(min_size=7, max_size=7), max_size=40), st.integers(1, 1000))
def test_keys_together_have_the_partition_of_each_alone(keys: list[bytes], n_partitions: int) -> None:
    assert partitions_of(keys, n_partitions).tolist() == [partition_of(key, n_partitions) for key in keys]


@pytest.mark.parametrize("length", [0, 1, 2, 3, 4, 5, 23, 256])
def test_many_keys_of_one_length_have_the_partition_of_each_alone(length: int) -> None:
    keys = [bytes((at * 7 + place) % 256 for place in range(length)) for at in range(20)]
    assert partitions_of(keys, 1000).tolist() == [partition_of(key, 1000) for key in keys]

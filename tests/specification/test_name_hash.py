"""The hash against published vectors: FNV's own list, and those of MurmurHash3's finaliser."""

from __future__ import annotations

import pytest

from tests.specification.name_hash import fmix64, fnv1a, name_hash


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"", 0xCBF29CE484222325), (b"a", 0xAF63DC4C8601EC8C), (b"foobar", 0x85944171F73967E8)],
)
def test_fnv1a_has_the_published_values(data: bytes, expected: int) -> None:
    assert fnv1a(data) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (1, 0xB456BCFC34C2CB2C)])
def test_fmix64_has_the_published_values(value: int, expected: int) -> None:
    assert fmix64(value) == expected


def test_a_name_is_hashed_by_its_bytes() -> None:
    assert name_hash("李娜") == fmix64(fnv1a(b"\xe6\x9d\x8e\xe5\xa8\x9c"))

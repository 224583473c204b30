"""Users in lists and cursors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.serve.identity import CursorError, Identity
from stream.training.describe.member_hash import hash_member_id

IDENTITY = Identity(member_ids=False, salt="shop-segue", key=b"k" * 32)
users = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256)


def test_a_user_is_shown_by_the_hash_of_segments_unless_ids_are_allowed() -> None:
    assert IDENTITY.shown_user("ann") == hash_member_id("ann", "shop-segue")
    assert replace(IDENTITY, member_ids=True).shown_user("ann") == "ann"


@given(users)
def test_a_cursor_holds_its_user(user: str) -> None:
    assert IDENTITY.unseal(IDENTITY.seal(user)) == user


@given(users, st.integers(0, 1_000), st.integers(1, 63))
def test_a_changed_cursor_is_refused(user: str, at: int, by: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    cursor = IDENTITY.seal(user)
    at %= len(cursor) - 1  # some bits of the last character are padding
    other = cursor[:at] + alphabet[(alphabet.index(cursor[at]) + by) % 64] + cursor[at + 1 :]
    with pytest.raises(CursorError):
        IDENTITY.unseal(other)


@pytest.mark.parametrize("cursor", ["", "x", "ann", "é", "\ud800", "=", "A" * 22, "a b", "%00", "A" * 5_000])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        IDENTITY.unseal(cursor)


def test_a_cursor_of_another_deployment_is_refused() -> None:
    with pytest.raises(CursorError):
        replace(IDENTITY, key=b"o" * 32).unseal(IDENTITY.seal("ann"))

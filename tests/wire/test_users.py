"""The user of a message is one and the same for its decoder and for the producer of its key."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Declaration, Erasure, Event, Rejected
from stream.core.reasons import Reason
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.users import erased_user, json_key, pick_user

IDS: st.SearchStrategy[Any] = (
    st.none() | st.sampled_from(["ann", "bob", "", " ", "7"]) | st.integers() | st.floats(1, 9)
)
TYPES = st.sampled_from(["track", "Identify", "erase", "delete", "view", "", None, 7])


@pytest.mark.parametrize(
    ("given", "user"),
    [
        (("ann", "bob", "x"), "ann"),
        (("", "bob", "x"), "bob"),
        ((" ", None, "x"), "x"),
        ((None, None, "x"), "x"),
        ((None, "", None), ""),
        (("", " ", None), ""),
        ((None, None, None), None),
        ((0, "bob", None), 0),
    ],
)
def test_the_first_user_that_is_not_blank_counts(given: tuple[Any, Any, Any], user: Any) -> None:
    assert pick_user(*given) == user


@given(named=TYPES, user_id=IDS, flat_user=IDS, anonymous_id=IDS)
def test_the_key_of_a_message_is_the_one_that_its_decoder_demands(
    named: Any, user_id: Any, flat_user: Any, anonymous_id: Any
) -> None:
    users = {"userId": user_id, "user_id": flat_user, "anonymousId": anonymous_id}
    message = {"type": named, "timestamp": 1_700_000_000_000, "event": "Viewed"} | users
    value = msgspec.json.encode({name: each for name, each in message.items() if each is not None})
    key = json_key(value)
    content = decode_json(key, value, Fields())
    if isinstance(content, Event | Declaration | Erasure):
        assert key is not None
        assert key.decode() == content.user
    else:
        assert isinstance(content, Rejected)
        assert content.reason is not Reason.KEY_MISMATCH


@pytest.mark.parametrize(
    ("key", "user", "erased"),
    [
        (b"ann", "ann", "ann"),
        (b"7", 7, "7"),
        (b"ann", None, "ann"),
        (b"ann", " ", "ann"),
        (None, "ann", "ann"),
        (None, 7, "7"),
    ],
)
def test_the_key_or_the_value_names_the_user_to_erase(key: bytes | None, user: int | str | None, erased: str) -> None:
    assert erased_user(key, user) == erased


@pytest.mark.parametrize(
    ("key", "user", "reason"),
    [
        (b"ann", "bob", Reason.KEY_MISMATCH),
        (None, None, Reason.MISSING_USER),
        (b"", None, Reason.MISSING_USER),
        (b"\xff", None, Reason.MISSING_USER),
        (None, "x" * 257, Reason.USER_TOO_LONG),
    ],
)
def test_a_user_that_cannot_be_known_is_not_erased(key: bytes | None, user: str | None, reason: Reason) -> None:
    refused = erased_user(key, user)
    assert isinstance(refused, Rejected)
    assert refused.reason is reason

"""Records of users that move together, and digests that only their content changes."""

from __future__ import annotations

from stream.wire.state_records import FORMAT, UserRecord, decode_user, encode_user, item_key, user_key
from stream.wire.user_tables import Contents, TableReader, membership_table, profile_table, state_table


def head(sequence: int, offset: int, n_events: int = 1) -> bytes:
    return encode_user(UserRecord(FORMAT, "s-0001", 1, None, 0, sequence, n_events, 0, offset, {}, {}, "", ""))


def state(*records: tuple[bytes, bytes | None]) -> TableReader:
    reader = TableReader(state_table("segue"))
    for key, value in records:
        reader.add(key, value)
    return reader


def test_a_users_head_and_items_are_together_and_records_of_the_partition_apart() -> None:
    reader = state((user_key("ann"), b"a"), (item_key(3, "ann"), b"b"), (b"p", b"c"), (b"m\0\0\0\1", b"d"))
    assert reader.users == {b"ann": {user_key("ann"): b"a", item_key(3, "ann"): b"b"}}
    assert reader.own == {b"p": b"c", b"m\0\0\0\1": b"d"}


def test_a_tombstone_takes_a_record_away_and_with_the_last_one_the_user() -> None:
    reader = state((user_key("ann"), b"a"), (item_key(3, "ann"), b"b"), (item_key(3, "ann"), None))
    assert list(reader.users[b"ann"]) == [user_key("ann")]
    reader.add(user_key("ann"), None)
    assert reader.users == {}


def test_the_digest_forgets_offsets_and_order_and_nothing_else() -> None:
    first = state((user_key("ann"), head(2, offset=7)), (item_key(0, "ann"), b"milk"))
    same = state((item_key(0, "ann"), b"milk"), (user_key("ann"), head(2, offset=-1)))
    others = [
        state((user_key("ann"), head(3, offset=7)), (item_key(0, "ann"), b"milk")),
        state((user_key("ann"), head(2, offset=7)), (item_key(1, "ann"), b"milk")),
        state((user_key("ann"), head(2, offset=7)), (item_key(0, "ann"), b"mill")),
        state((user_key("ann"), head(2, offset=7))),
    ]
    assert first.digest(b"ann") == same.digest(b"ann")
    assert first.digest(b"ann") not in {other.digest(b"ann") for other in others}


def test_a_moved_head_has_no_offset_since_offsets_count_in_their_partition() -> None:
    moved = state((user_key("ann"), head(2, offset=7)), (item_key(0, "ann"), b"milk")).moved(b"ann")
    assert decode_user(moved[user_key("ann")]).offset == -1
    assert decode_user(moved[user_key("ann")]).sequence == 2
    assert moved[item_key(0, "ann")] == b"milk"


def test_of_two_states_the_one_with_more_changes_and_then_events_ranks_higher() -> None:
    ranks = [state((user_key("ann"), head(s, 0, n))).rank(b"ann") for s, n in ((1, 9), (2, 1), (2, 5))]
    assert ranks == sorted(ranks)
    assert state((item_key(0, "ann"), b"milk")).rank(b"ann") < ranks[0], "items without a head"


def test_profiles_rank_by_time_and_odd_records_last() -> None:
    reader = TableReader(profile_table())
    reader.add(b"ann", b'{"time_ms": 3, "user": "ann"}')
    reader.add(b"bob", b'{"user": "bob"}')
    assert reader.rank(b"ann") == (3, 0)
    assert reader.rank(b"bob") < (0, 0)


def test_memberships_rank_by_sequence_and_odd_records_last() -> None:
    reader = TableReader(membership_table())
    reader.add(b"ann", b'{"sequence": 3, "user": "ann"}')
    reader.add(b"bob", b"not JSON")
    assert reader.rank(b"ann") == (3, 0)
    assert reader.rank(b"bob") < (0, 0)


def test_contents_are_equal_in_any_order() -> None:
    assert Contents().plus(5).plus(9) == Contents().plus(9).plus(5) != Contents().plus(5).plus(8)
    assert str(Contents().plus(255)).startswith("1 users, digest 000")

"""Records of users that move together, and digests that only their content changes."""

from __future__ import annotations

import msgspec
import pytest

from stream.wire.state_records import FORMAT, StateFormatError
from stream.wire.user_records import HeadRecord, ItemRecord, decode_head, decode_item, item_key
from stream.wire.user_tables import Contents, TableReader, membership_table, profile_table, state_table
from tests.wire.user_puts import declared_key, encode, head_key


def head(sequence: int, offset: int = 0, n_events: int = 1) -> HeadRecord:
    return HeadRecord(FORMAT, "s-0001", 1, None, 0, sequence, n_events, 0, offset, "", "")


def item(text: str, of: HeadRecord | None = None) -> bytes:
    return encode(ItemRecord(of, 5, text, "view", 0.0, text, 1.0, b"\x01", "hash"))


def state(*records: tuple[bytes, bytes | None]) -> TableReader:
    reader = TableReader(state_table("segue"))
    for key, value in records:
        reader.add(key, value)
    return reader


ANN, ITEM, OTHER, DECLARED = head_key("ann"), item_key(3, "ann"), item_key(4, "ann"), declared_key("ann")


def test_records_of_a_user_are_together_and_those_of_the_partition_apart() -> None:
    reader = state((ANN, b"a"), (ITEM, b"b"), (DECLARED, b"e"), (b"p", b"c"), (b"m\0\0\0\1", b"d"))
    assert reader.users == {b"ann": {ANN: b"a", ITEM: b"b", DECLARED: b"e"}}
    assert reader.own == {b"p": b"c", b"m\0\0\0\1": b"d"}


def test_a_tombstone_takes_a_record_away_and_with_the_last_one_the_user() -> None:
    reader = state((ANN, b"a"), (ITEM, b"b"), (ITEM, None))
    assert list(reader.users[b"ann"]) == [ANN]
    reader.add(ANN, None)
    assert reader.users == {}


def test_the_digest_forgets_offsets_older_heads_and_order_and_nothing_else() -> None:
    first = state((ANN, encode(head(2, offset=7))), (ITEM, item("milk")), (DECLARED, b"traits"))
    same = [
        state((DECLARED, b"traits"), (ITEM, item("milk")), (ANN, encode(head(2)))),
        state((ITEM, item("milk", head(1))), (ANN, encode(head(2))), (DECLARED, b"traits")),
    ]
    others = [
        state((ANN, encode(head(3))), (ITEM, item("milk")), (DECLARED, b"traits")),
        state((ANN, encode(head(2))), (OTHER, item("milk")), (DECLARED, b"traits")),
        state((ANN, encode(head(2))), (ITEM, item("mill")), (DECLARED, b"traits")),
        state((ANN, encode(head(2))), (ITEM, item("milk")), (DECLARED, b"trait")),
        state((ANN, encode(head(2))), (ITEM, item("milk"))),
        state((ANN, encode(head(2))), (ITEM, item("milk", head(1))), (ITEM, item("milk", head(3)))),
    ]
    assert {first.digest(b"ann")} == {each.digest(b"ann") for each in same}
    assert first.digest(b"ann") not in {other.digest(b"ann") for other in others}


def test_only_the_newest_head_moves_and_it_has_no_offset() -> None:
    old, new = head(1, offset=5), head(2, offset=7)
    in_item = state((ANN, encode(old)), (OTHER, item("milk", old)), (ITEM, item("bread", new))).moved(b"ann")
    assert in_item.keys() == {OTHER, ITEM}
    assert decode_item(in_item[OTHER]).head is None
    assert decode_item(in_item[ITEM]).head == msgspec.structs.replace(new, offset=-1)
    alone = state((ITEM, item("bread", old)), (ANN, encode(old)), (ANN, encode(new))).moved(b"ann")
    assert decode_head(alone[ANN]) == msgspec.structs.replace(new, offset=-1)
    assert decode_item(alone[ITEM]).head is None
    assert state(*in_item.items()).moved(b"ann") == in_item


def test_a_written_item_is_the_newest_whatever_was_first() -> None:
    reader = state((ITEM, item("milk", head(1))), (OTHER, item("bread", head(2))), (ITEM, item("milk", head(3))))
    assert reader.rank(b"ann") == (3, 1)


def test_of_two_states_the_one_with_more_changes_and_then_events_ranks_higher() -> None:
    ranks = [state((ANN, encode(head(s, 0, n)))).rank(b"ann") for s, n in ((1, 9), (2, 1), (2, 5))]
    assert ranks == sorted(ranks)
    assert state((ITEM, item("milk"))).rank(b"ann") < ranks[0], "items without a head"


@pytest.mark.parametrize("value", [b"", b"\xff", b"\x9b\x02"])
def test_a_damaged_head_is_an_error_and_not_lost_in_a_move(value: bytes) -> None:
    reader = state((ANN, value))
    for read in (reader.rank, reader.moved, reader.digest):
        with pytest.raises(StateFormatError, match="b'uann' cannot be read"):
            read(b"ann")


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

"""Unusual and faulty messages a broker can hold, by name, each with its expected outcome.

`expected` is ACCEPTED or a `Reason`. Accepted messages are in the past: lateness depends on the window.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

ACCEPTED = "accepted"
USER = "ann"
TIME_MS = 1_700_000_000_000  # 2023-11-14 22:13:20 UTC
MEGABYTE_BYTES = 999_000  # below a megabyte by what a record's envelope may need


class Case(NamedTuple):
    """A message and its expected outcome.

    `ignored` are the paths of fields that count as missing. A near miss is accepted, and does not fit the schema.
    """

    name: str
    key: bytes | None
    value: bytes | None
    expected: str
    ignored: tuple[str, ...] = ()
    near: bool = False


def flat(**fields: Any) -> bytes:
    """A good flat message, with these fields instead."""
    return msgspec.json.encode({"user_id": USER, "text": "milk", "timestamp": TIME_MS} | fields)


def track(**fields: Any) -> bytes:
    """A good track call, with these fields instead."""
    call = {"type": "track", "userId": USER, "event": "Product Viewed", "timestamp": "2023-11-14T22:13:20Z"}
    return msgspec.json.encode(call | fields)


def without(message: bytes, *names: str) -> bytes:
    """`message` less these fields."""
    fields = msgspec.json.decode(message)
    return msgspec.json.encode({name: value for name, value in fields.items() if name not in names})


def raw(field: str) -> bytes:
    """A flat message with a field spelled out, for JSON no encoder writes."""
    return flat()[:-1] + b"," + field.encode() + b"}"


def _case(name: str, value: bytes | None, expected: str) -> Case:
    return Case(name, USER.encode(), value, expected)


BROKEN = [
    _case("null value", None, "null_value"),
    _case("empty value", b"", "not_json"),
    _case("not UTF-8", b"\xff\xfe\x00milk", "not_utf8"),
    _case("not UTF-8 in a field that is not read", flat(note="?").replace(b"?", b"\xc3\x28"), "not_utf8"),
    _case("surrogate encoded as UTF-8", flat(text="?").replace(b"?", b"\xed\xa0\x80"), "not_utf8"),
    _case("not JSON", b"user=ann&text=milk", "not_json"),
    _case("cut off", flat()[:-1], "not_json"),
    _case("two objects", flat() + flat(), "not_json"),
    _case("byte order mark", b"\xef\xbb\xbf" + flat(), "not_json"),
    _case("raw null byte in a string", flat(text="?").replace(b"?", b"\x00"), "not_json"),
    _case("only null bytes", b"\x00" * 100, "not_json"),
    _case("lone surrogate escape", raw('"note": "x", "text": "\\ud800 milk"'), "not_json"),
    _case("NaN", raw('"amount": NaN'), "not_json"),
    _case("Infinity", raw('"amount": -Infinity'), "not_json"),
    _case("array instead of object", b"[" + flat() + b"]", "not_an_object"),
    _case("text instead of object", b'"milk"', "not_an_object"),
    _case("null instead of object", b"null", "not_an_object"),
    _case("number instead of object", b"42", "not_an_object"),
    _case("nesting bomb of arrays", b"[" * 100_000, "too_deep"),
    _case("nesting bomb of objects", b'{"a":' * 100_000, "too_deep"),
    _case("nesting bomb in an extra field", raw('"note": ' + "[" * 100_000 + "]" * 100_000), "too_deep"),
]

WRONG_TYPES = [
    _case("user is a fraction", flat(user_id=7.5), "wrong_type"),
    _case("user is a boolean", flat(user_id=True), "wrong_type"),
    _case("track: user is a list", track(userId=[USER]), "wrong_type"),
    _case("track: only time is a boolean", track(timestamp=True), "wrong_type"),
    _case("user is beyond a double", raw('"user_id": 1e400'), "wrong_type"),
    _case("user is an object", flat(user_id={"id": USER}), "wrong_type"),
    _case("timestamp is a boolean", flat(timestamp=True), "wrong_type"),
    _case("timestamp is a list", flat(timestamp=[TIME_MS]), "wrong_type"),
]

NO_USER = [
    _case("missing user", without(flat(), "user_id"), "missing_user"),
    _case("null user", flat(user_id=None), "missing_user"),
    _case("empty object", b"{}", "missing_user"),
    _case("empty user", flat(user_id=""), "empty_user"),
    _case("blank user", flat(user_id=" \t\u3000"), "empty_user"),
    _case("user of 257 characters", flat(user_id="a" * 257), "user_too_long"),
    _case("user of 256 characters under another key", flat(user_id="a" * 256), "key_mismatch"),
    _case("key and body disagree", flat(user_id="bob"), "key_mismatch"),
    _case("user with spaces around", flat(user_id=" ann "), "key_mismatch"),
    Case("missing key", None, flat(), "missing_key"),
    Case("empty key", b"", flat(), "key_mismatch"),
    Case("key is not UTF-8", b"\xff", flat(), "key_mismatch"),
    _case("track: missing user", without(track(), "userId"), "missing_user"),
    Case("erase: no user and no key", None, b'{"type": "erase"}', "missing_user"),
    Case("erase: no user and a key that is not UTF-8", b"\xff", b'{"type": "erase"}', "missing_user"),
    _case("erase: another user", b'{"type": "erase", "userId": "bob"}', "key_mismatch"),
]

BAD_VALUES = [
    _case("unknown type", track(type="purchase"), "unknown_type"),
    _case("track: missing event", without(track(), "event"), "missing_event"),
    _case("track: empty event", track(event=""), "missing_event"),
    _case("a type that is no call, and no user_id", without(flat(type="view"), "user_id"), "unknown_type"),
    _case("a flat event with userId", without(flat(userId=USER), "user_id"), "missing_user"),
    _case("timestamp in a form with two meanings", flat(timestamp="01/02/2023"), "bad_timestamp"),
    _case("missing timestamp", without(flat(), "timestamp"), "missing_timestamp"),
    _case("null timestamp", flat(timestamp=None), "missing_timestamp"),
    _case("track: missing timestamp", without(track(), "timestamp"), "missing_timestamp"),
    _case("timestamp is words", flat(timestamp="yesterday"), "bad_timestamp"),
    _case("timestamp is empty", flat(timestamp=""), "bad_timestamp"),
    _case("timestamp is the 30th of February", flat(timestamp="2023-02-30T00:00:00Z"), "bad_timestamp"),
    _case("year 1970", flat(timestamp=0), "timestamp_out_of_range"),
    _case("year 1970 as text", flat(timestamp="1970-01-01T00:00:00Z"), "timestamp_out_of_range"),
    _case("year 3000", flat(timestamp=32_503_680_000_000), "timestamp_out_of_range"),
    _case("year 3000 as text", flat(timestamp="3000-01-01"), "timestamp_out_of_range"),
    _case("year 1 in the far east", flat(timestamp="0001-01-01T00:00:00+23:59"), "timestamp_out_of_range"),
    _case("microseconds", flat(timestamp=TIME_MS * 1000), "timestamp_out_of_range"),
    _case("negative timestamp", flat(timestamp=-TIME_MS), "timestamp_out_of_range"),
    _case("huge integer timestamp", raw('"timestamp": 1' + "0" * 400), "timestamp_out_of_range"),
    _case("traits of 5 KB", track(type="identify", traits={"about": "x" * 5000}), "traits_too_large"),
]


def _near(name: str, value: bytes, *ignored: str, key: bytes | None = USER.encode()) -> Case:
    return Case(name, key, value, ACCEPTED, ignored, near=True)


ORDER = track(event="Order Completed", properties={"products": "?"})
NEAR_MISSES = [
    _near("1e400", raw('"amount": 1e400'), "amount"),
    _near("huge integer amount", raw('"amount": 1' + "0" * 400), "amount"),
    _near("integer of 100,000 digits", raw('"amount": ' + "7" * 100_000), "amount"),
    _near("astronomic amount", flat(amount=1e300), "amount"),
    _near("amount is text", flat(amount="2.50")),
    _near("amount has a currency", flat(amount="$59.90")),
    _near("amount is a word", flat(amount="free"), "amount"),
    _near("amount is a boolean", flat(amount=True), "amount"),
    _near("text is a number", flat(text=7), "text"),
    _near("text is a list", flat(text=["milk"]), "text"),
    _near("kind is a number", flat(kind=7)),
    _near("kind is a list", flat(kind=["view"]), "kind"),
    _near("id is a number", flat(id=7)),
    _near("id is an object", flat(id={}), "id"),
    _near("id of 257 characters", flat(id="x" * 257)),
    _near("type is a number", flat(type=7), "type"),
    _near("a flat event with a type", without(flat(type="view"), "kind")),
    _near("type in capitals", track(type=" Track ")),
    _near("track: user_id", without(track(user_id=USER), "userId")),
    _near("track: empty user and an anonymous one", track(userId="", anonymousId=USER)),
    _near("track: event is a number", track(event=404)),
    _near("track: id is a number", track(messageId=7)),
    _near("track: properties is a list", track(properties=["?"]), "properties"),
    _near("track: properties is PHP's empty object", track(properties=[], context=[])),
    _near("track: properties is JSON text", track(properties='{"revenue": 5}')),
    _near("track: properties is a word", track(properties="none"), "properties"),
    _near("track: first time is a boolean", track(timestamp=True, sentAt=TIME_MS), "timestamp"),
    _near("identify: traits is a list", track(type="identify", traits=["old"]), "traits"),
    _near("erase: user_id", b'{"type": "erase", "user_id": "ann"}'),
    _near("erase: in capitals", b'{"type": "ERASE", "userId": "ann"}'),
    _near("erase: only the key", b'{"type": "erase"}'),
    _near("erase: null user", b'{"type": "erase", "userId": null, "user_id": ""}'),
    _near("erase: as Segment's delete", b'{"type": "delete", "userId": "ann"}'),
]

LENIENT_PROPERTIES = [
    Case(
        "track: 1e400 in a property",
        USER.encode(),
        track(properties={"price": "?"}).replace(b'"?"', b"1e400"),
        ACCEPTED,
        ("properties.price",),
    ),
    Case("track: price is text", USER.encode(), track(properties={"price": "2.50"}), ACCEPTED),
    Case(
        "track: price is a boolean", USER.encode(), track(properties={"price": False}), ACCEPTED, ("properties.price",)
    ),
    Case("track: value is a word", USER.encode(), track(properties={"value": "yes"}), ACCEPTED, ("properties.value",)),
    Case("track: revenue is empty", USER.encode(), track(properties={"revenue": ""}), ACCEPTED),
    Case("track: title is a number", USER.encode(), track(properties={"title": 7}), ACCEPTED, ("properties.title",)),
    Case(
        "track: products is JSON text", USER.encode(), ORDER.replace(b'"?"', b'"[{\\"name\\": \\"milk\\"}]"'), ACCEPTED
    ),
    Case("track: products is one object", USER.encode(), ORDER.replace(b'"?"', b'{"name": "milk"}'), ACCEPTED),
    Case("track: products is nested", USER.encode(), ORDER.replace(b'"?"', b'[[{"name": "milk"}]]'), ACCEPTED),
    Case("erase: missing key", None, b'{"type": "erase", "userId": "ann"}', ACCEPTED),
    Case("numeric user", b"7", flat(user_id=7), ACCEPTED),
    Case("track: numeric user", b"7", track(userId=7), ACCEPTED),
    Case("track: numeric anonymous user", b"7", without(track(anonymousId=7), "userId"), ACCEPTED),
    Case("erase: numeric user", b"7", b'{"type": "erase", "userId": 7}', ACCEPTED),
    Case("timestamp is digits in quotes", USER.encode(), flat(timestamp=str(TIME_MS)), ACCEPTED),
    Case(
        "track: first time is ambiguous",
        USER.encode(),
        track(timestamp="01/02/2023", sentAt=TIME_MS),
        ACCEPTED,
        ("timestamp",),
    ),
]

ODD_BUT_GOOD = [
    _case("1 MB text", flat(text="milk " * ((MEGABYTE_BYTES - len(flat())) // 5)), ACCEPTED),
    _case("1 MB text without a space", flat(text="m" * (MEGABYTE_BYTES - len(flat()))), ACCEPTED),
    _case("empty text", flat(text=""), ACCEPTED),
    _case("blank text", flat(text=" \n\t "), ACCEPTED),
    _case("null text", flat(text=None), ACCEPTED),
    _case("missing text", without(flat(), "text"), ACCEPTED),
    _case("emoji", flat(text="👩‍👩‍👧‍👦 🥛 milk"), ACCEPTED),
    _case("emoji as surrogate pair escape", raw('"text": "\\ud83e\\udd5b"'), ACCEPTED),
    _case("Chinese", flat(text="有机 牛奶"), ACCEPTED),
    Case("Chinese user", "安娜".encode(), flat(user_id="安娜"), ACCEPTED),
    _case("escaped null byte", flat(text="mi\x00lk"), ACCEPTED),
    _case("timestamp in seconds", flat(timestamp=TIME_MS // 1000), ACCEPTED),
    _case("timestamp in float seconds", flat(timestamp=TIME_MS / 1000 + 0.5), ACCEPTED),
    _case("timestamp in float milliseconds", flat(timestamp=float(TIME_MS)), ACCEPTED),
    _case("ISO timestamp with zone", flat(timestamp="2023-11-14T23:13:20.5+01:00"), ACCEPTED),
    _case("ISO timestamp without zone", flat(timestamp="2023-11-14T22:13:20"), ACCEPTED),
    _case("ISO date", flat(timestamp="2023-11-14"), ACCEPTED),
    _case("float amount", flat(amount=2.5), ACCEPTED),
    _case("integer amount", flat(amount=3), ACCEPTED),
    _case("negative amount", flat(amount=-0.01), ACCEPTED),
    _case("null amount", flat(amount=None), ACCEPTED),
    _case("duplicate id, first", flat(id="e-1"), ACCEPTED),
    _case("duplicate id, second", flat(id="e-1", text="bread"), ACCEPTED),
    _case("duplicate id by its other name", without(flat(event_id="e-1"), "id"), ACCEPTED),
    _case("unknown extra field", flat(note={"a": [1, None, "x"]}), ACCEPTED),
    _case("extra field with a huge integer", raw('"note": ' + "7" * 10_000), ACCEPTED),
    _case("track: extra fields named like flat ones", track(text=7, amount="x", user_id=[], kind=0), ACCEPTED),
    _case("the same field twice", raw('"text": "bread"'), ACCEPTED),
    _case("unknown kind", flat(kind="Loyalty Card Swiped"), ACCEPTED),
    _case("brackets in a text", flat(text="[" * 1000), ACCEPTED),
    _case("a list of 1,000 objects", flat(note=[{}] * 1000), ACCEPTED),
    _case("spaces around the object", b" \n" + flat() + b"\r\n", ACCEPTED),
]

BAD_INPUT = BROKEN + WRONG_TYPES + NO_USER + BAD_VALUES + NEAR_MISSES + LENIENT_PROPERTIES + ODD_BUT_GOOD

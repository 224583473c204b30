from __future__ import annotations

import json

import msgspec
import pytest

from stream.training.values.commands import (
    NAME_CHARS_MAX,
    RAMP_MS_MAX,
    VERSION_MAX,
    Command,
    Drop,
    Forget,
    Promote,
    Refit,
    Rename,
    Renew,
    Rollback,
)
from stream.wire.commands import COMMAND_KEY, command_message, read_command
from stream.wire.records import ProducerRecord
from stream.wire.samples import SAMPLE_KEY

FORMS: list[tuple[Command, bytes]] = [
    (Promote("ann-1", 7), b'{"command":"promote","fields":{"id":"ann-1","version":7,"ramp_ms":null}}'),
    (Promote("ann-1", 7, 0), b'{"command":"promote","fields":{"id":"ann-1","version":7,"ramp_ms":0}}'),
    (Drop("ann-5", 7), b'{"command":"drop","fields":{"id":"ann-5","version":7}}'),
    (Rollback("ann-2"), b'{"command":"rollback","fields":{"id":"ann-2"}}'),
    (Refit("ann-3", 5, 9), b'{"command":"refit","fields":{"id":"ann-3","n_segments":5,"seed":9}}'),
    (Renew("ann-6"), b'{"command":"renew","fields":{"id":"ann-6"}}'),
    (
        Rename("ann-4", "s-0001", "Läufer 跑步"),
        '{"command":"rename","fields":{"id":"ann-4","segment":"s-0001","name":"Läufer 跑步"}}'.encode(),
    ),
    (Forget("李娜"), '{"command":"forget","fields":{"user":"李娜"}}'.encode()),
]


@pytest.mark.parametrize(("command", "value"), FORMS, ids=[str(form[0]) for form in FORMS])
def test_a_command_has_this_form_and_comes_back(command: Command, value: bytes) -> None:
    assert command_message(command) == ProducerRecord("profile-sample", b"command", value, [])
    assert read_command(value) == command


def test_omitted_fields_have_the_defaults_of_the_command() -> None:
    assert read_command(b'{"command":"promote","fields":{"id":"x","version":3}}') == Promote("x", 3, None)
    assert read_command(b'{"command":"refit","fields":{"id":"x"}}') == Refit("x", 0, 0)


def test_commands_and_samples_have_different_keys() -> None:
    assert COMMAND_KEY != SAMPLE_KEY


def test_an_unknown_command_is_refused_with_the_list_of_known_ones() -> None:
    with pytest.raises(
        msgspec.ValidationError,
        match="no command 'stop', expected one of promote, drop, rollback, refit, renew, rename, forget",
    ):
        read_command(b'{"command":"stop","fields":{}}')


@pytest.mark.parametrize(
    "value",
    [
        b"", b"\xff", b"[]", b"{}", b'{"command":"promote"}', b'{"command":"promote","fields":{"id":"x"}}',
        b'{"command":"promote","fields":{"id":"x","version":"seven"}}', b'{"command":"forget","fields":[]}',
        b'{"command":7,"fields":{}}', b'{"command":"rollback","fields":{"id":null}}',
    ],
)  # fmt: skip
def test_a_value_that_is_no_command_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_command(value)


LONGEST = "x" * NAME_CHARS_MAX


@pytest.mark.parametrize(
    "command",
    [
        Promote(LONGEST, 1, 0),
        Promote("x", VERSION_MAX, RAMP_MS_MAX),
        Drop(LONGEST, VERSION_MAX),
        Rollback(LONGEST),
        Refit(LONGEST),
        Rename(LONGEST, LONGEST, LONGEST),
    ],
    ids=str,
)
def test_values_just_within_bounds_are_read(command: Command) -> None:
    assert read_command(command_message(command).value or b"") == command


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("promote", {"id": "x", "version": 0}),
        ("promote", {"id": "x", "version": VERSION_MAX + 1}),
        ("promote", {"id": "x", "version": 1, "ramp_ms": -1}),
        ("promote", {"id": "x", "version": 1, "ramp_ms": RAMP_MS_MAX + 1}),
        ("promote", {"id": "x", "version": 1, "ramp_ms": 1 << 64}),
        ("promote", {"id": LONGEST + "x", "version": 1}),
        ("drop", {"id": "x", "version": 0}),
        ("drop", {"id": LONGEST + "x", "version": 1}),
        ("rollback", {"id": LONGEST + "x"}),
        ("refit", {"id": LONGEST + "x"}),
        ("refit", {"id": "x", "n_segments": 257}),
        ("refit", {"id": "x", "seed": -1}),
        ("rename", {"id": LONGEST + "x", "segment": "s-0001", "name": ""}),
        ("rename", {"id": "x", "segment": LONGEST + "x", "name": ""}),
        ("rename", {"id": "x", "segment": "s-0001", "name": LONGEST + "x"}),
    ],
)
def test_values_out_of_bounds_are_no_command(name: str, fields: dict[str, object]) -> None:
    # 1 << 64: more than msgpack can write, so that a state with it would end every worker that takes over
    value = b'{"command":"%s","fields":%s}' % (name.encode(), json.dumps(fields).encode())
    with pytest.raises(msgspec.DecodeError):
        read_command(value)

"""Commands to the trainer on `profile-sample`: JSON, apart from samples by their key."""

from __future__ import annotations

import msgspec

from stream.training.values.commands import Command, Drop, Forget, Promote, Refit, Rename, Renew, Rollback
from stream.wire.records import ProducerRecord
from stream.wire.topics import PROFILE_SAMPLE

COMMAND_KEY = b"command"

_KINDS: dict[str, type[Command]] = {
    "promote": Promote,
    "drop": Drop,
    "rollback": Rollback,
    "refit": Refit,
    "renew": Renew,
    "rename": Rename,
    "forget": Forget,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


class CommandRecord(msgspec.Struct, frozen=True):
    """Value on `profile-sample` under COMMAND_KEY: the command's name and its fields."""

    command: str
    fields: msgspec.Raw


def command_message(command: Command) -> ProducerRecord:
    """Return a command as a message for `profile-sample`."""
    record = CommandRecord(_NAMES[type(command)], msgspec.Raw(msgspec.json.encode(command)))
    return ProducerRecord(PROFILE_SAMPLE, COMMAND_KEY, msgspec.json.encode(record), [])


def read_command(value: bytes) -> Command:
    """Return the command in a message under COMMAND_KEY; raises msgspec.DecodeError on anything else."""
    record = msgspec.json.decode(value, type=CommandRecord)
    if record.command not in _KINDS:
        raise msgspec.ValidationError(f"no command {record.command!r}, expected one of {', '.join(_KINDS)}")
    return msgspec.json.decode(record.fields, type=_KINDS[record.command])

"""The options of every engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from socket import gethostname
from typing import Literal

from stream.core.setting import check_settings, require, setting

_GROUP = re.compile(r"[A-Za-z0-9._-]{1,100}")  # a part of topic names, which have at most 249 characters
_INSTANCE = re.compile(r"[A-Za-z0-9._-]{0,200}")  # a part of a static member's name, which has at most 249
HOSTNAME = "hostname"  # as `instance`: the machine's name

Guarantee = Literal["exactly-once", "at-least-once"]


class EngineSetupError(RuntimeError):
    """An engine that cannot be used as it is installed or set up; nothing was connected."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Options of an engine. Times are in milliseconds.

    Raises SettingError on construction when a value is out of bounds.
    """

    group: str = setting("segue", "Name of this deployment: prefix of its consumer groups and changelogs.")
    instance: str = setting(
        "", "Stable name of a worker, so that a restart resumes at once. `hostname`: the machine's. Empty: none."
    )
    guarantee: Guarantee = setting("exactly-once", "Delivery guarantee that consumers of the outputs get.")
    batch_records: int = setting(4000, "Most records of one micro-batch.", ge=1, le=1_000_000)
    poll_ms: int = setting(50, "Time that a micro-batch waits for its first record, ms.", ge=1, le=60_000)
    session_timeout_ms: int = setting(
        10_000,
        "Time without a heartbeat after which another worker takes over, ms; the brokers may set narrower limits.",
        ge=1500,
        le=1_800_000,
    )
    transaction_timeout_ms: int = setting(
        10_000,
        "Time after which the broker aborts a dead worker's transaction, ms; the brokers may set a lower limit.",
        ge=1000,
        le=86_400_000,
    )

    def __post_init__(self) -> None:
        check_settings(self)
        require(
            _GROUP.fullmatch(self.group) is not None,
            "group",
            "1 to 100 letters, digits, dots, underscores or hyphens",
            self.group,
        )
        legal = "at most 200 letters, digits, dots, underscores or hyphens"
        require(_INSTANCE.fullmatch(self.instance) is not None, "instance", legal, self.instance)

    def name(self) -> str:
        """Return the stable name of this worker, empty for none."""
        return gethostname() if self.instance == HOSTNAME else self.instance

    def group_of(self, role: str) -> str:
        """Return the consumer group of a job. It is the same for every engine, so engines share committed offsets."""
        return f"{self.group}-{role}"

    def instance_of(self, role: str) -> str:
        """Return the static member name in that group, empty for none."""
        return f"{self.name()}-{role}" if self.name() else ""

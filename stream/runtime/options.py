"""How an engine runs: the same options for all."""

from __future__ import annotations

from dataclasses import dataclass
from socket import gethostname

_LEAST = {"batch_records": 1, "poll_ms": 1, "session_timeout_ms": 1500, "transaction_timeout_ms": 1000}


class EngineSetupError(RuntimeError):
    """An engine can not be used as it is installed, or as it is set up; nothing was connected."""


class EngineOptionsError(ValueError):
    """An engine option is outside its bounds."""


HOSTNAME = "hostname"  # an instance of this name is called as its machine is
GUARANTEES = ("exactly-once", "at-least-once")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the loop runs. Times in milliseconds; `instance` is this worker's stable name, empty for none."""

    group: str = "segue"
    instance: str = ""
    guarantee: str = "exactly-once"
    batch_records: int = 1000
    poll_ms: int = 50
    session_timeout_ms: int = 10_000
    transaction_timeout_ms: int = 10_000

    def __post_init__(self) -> None:
        if self.guarantee not in GUARANTEES:
            raise EngineOptionsError(
                f"guarantee must be one of {', '.join(GUARANTEES)}, got {self.guarantee!r} (SEGUE_GUARANTEE)"
            )
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise EngineOptionsError(f"{name} must be >= {least}, got {getattr(self, name)} (SEGUE_{name.upper()})")
        if not self.group:
            raise EngineOptionsError("group must not be empty (SEGUE_GROUP)")

    def name(self) -> str:
        """This worker's stable name; empty for none."""
        return gethostname() if self.instance == HOSTNAME else self.instance

    def group_of(self, role: str) -> str:
        """The consumer group of a job; every engine's the same, so that they share committed offsets."""
        return f"{self.group}-{role}"

    def instance_of(self, role: str) -> str:
        """The static member of that group; empty for none."""
        return f"{self.name()}-{role}" if self.name() else ""

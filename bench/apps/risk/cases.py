"""Cases of fraud: their kinds, and the time in which each must be found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of fraud."""

    TAKEOVER = "account takeover"
    TESTING = "card testing"
    BUST_OUT = "slow bust-out"
    RING = "mule ring"


@dataclass(frozen=True)
class Case:
    """A case of fraud of one user, to be found in `[start_ms, end_ms)`; the members of a ring share their `group`."""

    kind: Kind
    user: str
    start_ms: int
    end_ms: int
    group: str


@dataclass(frozen=True)
class Numbers:
    """Numbers of cases of each kind; a ring has six users."""

    takeovers: int
    tests: int
    bust_outs: int
    rings: int

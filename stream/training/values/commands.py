"""Commands to the trainer. Commands travel among the samples, so the outcome is a function of one topic.

The sender chooses the `id` and finds the answer by the id; a repeated command is executed once. Construction out of
bounds raises ValueError, because the trainer's state includes commands and must be written.
"""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.policy import DAY_MS

VERSION_MAX = (1 << 53) - 1  # every reader of JSON reads it as the same number
RAMP_MS_MAX = 366 * DAY_MS
N_SEGMENTS_MAX = 256
SEED_MAX = (1 << 32) - 1
NAME_CHARS_MAX = 200  # of ids too


@dataclass(frozen=True, slots=True)
class Promote:
    """A command to promote the model of this version, for any number of users moved; `ramp_ms` None: the policy's."""

    id: str
    version: int
    ramp_ms: int | None = None

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_version(self.version)
        if self.ramp_ms is not None and not 0 <= self.ramp_ms <= RAMP_MS_MAX:
            raise ValueError(f"a ramp takes 0 to {RAMP_MS_MAX} ms, got {self.ramp_ms}")


@dataclass(frozen=True, slots=True)
class Drop:
    """A command to drop the candidate, the model of this version."""

    id: str
    version: int

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_version(self.version)


@dataclass(frozen=True, slots=True)
class Rollback:
    """A command to let the previous model serve again."""

    id: str

    def __post_init__(self) -> None:
        _check_id(self.id)


@dataclass(frozen=True, slots=True)
class Refit:
    """A command to fit all segments again on the reservoir; `n_segments` 0: as many as the policy says."""

    id: str
    n_segments: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        _check_id(self.id)
        if not (0 <= self.n_segments <= N_SEGMENTS_MAX and 0 <= self.seed <= SEED_MAX):
            raise ValueError(f"a refit takes 0 to {N_SEGMENTS_MAX} segments and a seed up to {SEED_MAX}, got {self}")


@dataclass(frozen=True, slots=True)
class Renew:
    """A command to begin a new generation: scale and segments are fitted again on the reservoir, and serve at once."""

    id: str

    def __post_init__(self) -> None:
        _check_id(self.id)


@dataclass(frozen=True, slots=True)
class Rename:
    """A command to name a segment; "" restores the name made of the top terms."""

    id: str
    segment: str
    name: str

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_id(self.segment)
        if len(self.name) > NAME_CHARS_MAX:
            raise ValueError(f"a name has at most {NAME_CHARS_MAX} characters, got {len(self.name)}")


@dataclass(frozen=True, slots=True)
class Forget:
    """A command to erase a user, at the user's request."""

    user: str


OperatorCommand = Promote | Drop | Rollback | Refit | Renew | Rename
"""A command by an operator, executed at once and answered by a promotion with its id."""

Command = OperatorCommand | Forget


def _check_id(text: str) -> None:
    if len(text) > NAME_CHARS_MAX:
        raise ValueError(f"an id has at most {NAME_CHARS_MAX} characters, got {len(text)}")


def _check_version(version: int) -> None:
    if not 1 <= version <= VERSION_MAX:
        raise ValueError(f"a version is a number from 1 to {VERSION_MAX}, got {version}")

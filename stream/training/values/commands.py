"""What people ask of the trainer. Commands travel among the samples, so what they lead to is a function of that topic.

`id` is the asker's own, so that the answer can be found; a command that comes twice is done once. To construct one out
of bounds raises ValueError: what is done ends up in the trainer's state, which must be written.
"""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.policy import DAY_MS

VERSION_MAX = (1 << 53) - 1  # what every reader of JSON takes for the same number
RAMP_MS_MAX = 366 * DAY_MS
N_SEGMENTS_MAX = 256
SEED_MAX = (1 << 32) - 1
NAME_CHARS_MAX = 200  # of ids too


@dataclass(frozen=True, slots=True)
class Promote:
    """Let the model of this version serve, whatever it moves; `ramp_ms` None: as the policy says."""

    id: str
    version: int
    ramp_ms: int | None = None

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_version(self.version)
        if self.ramp_ms is not None and not 0 <= self.ramp_ms <= RAMP_MS_MAX:
            raise ValueError(f"people pass to a model over 0 to {RAMP_MS_MAX} ms, got {self.ramp_ms}")


@dataclass(frozen=True, slots=True)
class Drop:
    """Give up the model of this version, which waits to serve."""

    id: str
    version: int

    def __post_init__(self) -> None:
        _check_id(self.id)
        _check_version(self.version)


@dataclass(frozen=True, slots=True)
class Rollback:
    """Let the model that served before serve again."""

    id: str

    def __post_init__(self) -> None:
        _check_id(self.id)


@dataclass(frozen=True, slots=True)
class Refit:
    """Fit segments anew on the people remembered; `n_segments` 0: as many as the policy says."""

    id: str
    n_segments: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        _check_id(self.id)
        if not (0 <= self.n_segments <= N_SEGMENTS_MAX and 0 <= self.seed <= SEED_MAX):
            raise ValueError(f"a refit takes 0 to {N_SEGMENTS_MAX} segments and a seed up to {SEED_MAX}, got {self}")


@dataclass(frozen=True, slots=True)
class Rename:
    """Call a segment `name` from now on, whatever its members say; "" gives it back to its top terms."""

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
    """Forget a person who asked for it."""

    user: str


OperatorCommand = Promote | Drop | Rollback | Refit | Rename
"""A command by an operator, executed at once and answered by a promotion with its id."""

Command = OperatorCommand | Forget


def _check_id(text: str) -> None:
    if len(text) > NAME_CHARS_MAX:
        raise ValueError(f"an id has at most {NAME_CHARS_MAX} characters, got {len(text)}")


def _check_version(version: int) -> None:
    if not 1 <= version <= VERSION_MAX:
        raise ValueError(f"a version is a number from 1 to {VERSION_MAX}, got {version}")

"""What people ask of the trainer. Commands travel among the samples, so what they lead to is a function of that topic.

`id` is the asker's own, so that the answer can be found; a command that comes twice is done once.
"""

from __future__ import annotations

from dataclasses import dataclass

N_SEGMENTS_MAX = 256
SEED_MAX = (1 << 32) - 1
NAME_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class Promote:
    """Let the model of this version serve, whatever it moves; `ramp_ms` None: as the policy says."""

    id: str
    version: int
    ramp_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Rollback:
    """Let the model that served before serve again."""

    id: str


@dataclass(frozen=True, slots=True)
class Refit:
    """Fit segments anew on the people remembered; `n_segments` 0: as many as the policy says. Raises ValueError on
    construction out of bounds."""

    id: str
    n_segments: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.n_segments <= N_SEGMENTS_MAX and 0 <= self.seed <= SEED_MAX):
            raise ValueError(f"a refit takes 0 to {N_SEGMENTS_MAX} segments and a seed up to {SEED_MAX}, got {self}")


@dataclass(frozen=True, slots=True)
class Rename:
    """Call a segment `name` from now on, whatever its members say; "" gives it back to its top terms."""

    id: str
    segment: str
    name: str

    def __post_init__(self) -> None:
        if len(self.name) > NAME_CHARS_MAX:
            raise ValueError(f"a name has at most {NAME_CHARS_MAX} characters, got {len(self.name)}")


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget a person who asked for it."""

    user: str


Command = Promote | Rollback | Refit | Rename | Forget

"""The split of users: training, validation (early stopping, calibration) and held out (the report)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from export.errors import DataError
from export.finetune.history import History, UserHistory


class Part(StrEnum):
    """A part of the users: 70 % training, 10 % validation, 20 % held out."""

    TRAINING = "training"
    VALIDATION = "validation"
    HELD_OUT = "held-out"


PARTS = (Part.HELD_OUT, Part.HELD_OUT, Part.VALIDATION, *[Part.TRAINING] * 7)


@dataclass(frozen=True)
class UserSplit:
    """Three histories with the same texts and different users."""

    training: History
    validation: History
    held_out: History

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of all users."""
        return self.training.texts

    def fingerprint(self) -> str:
        """Return the SHA-256 of all three."""
        parts = (self.training, self.validation, self.held_out)
        return sha256("".join(part.fingerprint() for part in parts).encode()).hexdigest()


def split_users(history: History) -> UserSplit:
    """Split `history` by a hash of the user id: a user is in the same part in every data set.

    Raises DataError if validation or held-out users are missing.
    """

    def users_in(part: Part) -> History:
        return history.select(lambda user: part_of(user) is part)

    split = UserSplit(users_in(Part.TRAINING), users_in(Part.VALIDATION), users_in(Part.HELD_OUT))
    if not split.validation.users or not split.held_out.users:
        raise DataError(f"{len(history.users)} users are too few to split into training, validation and held out")
    return split


def part_of(user: UserHistory) -> Part:
    """Return the part of `user`, by the first byte of the SHA-256 of the user id."""
    return PARTS[sha256(user.user.encode()).digest()[0] % len(PARTS)]

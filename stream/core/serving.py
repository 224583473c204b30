"""The serving segment model, or two models during a gradual rollout (percentage rollout by hash)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from stream.core.segment_model import SegmentModel


class ServingVersions(NamedTuple):
    """A serving model by versions, 0 for none: what `Serving` is without the models."""

    model: int = 0
    previous: int = 0
    since_ms: int = 0
    ramp_ms: int = 0


NOTHING_SERVES = ServingVersions()


@dataclass(frozen=True, slots=True)
class Serving:
    """A serving model. With a `previous` one, users switch to `model` one by one over `ramp_ms` from `since_ms` on.

    The previous model is ignored if it decides on other profiles: then all users switch at once.
    """

    model: SegmentModel
    previous: SegmentModel | None = None
    since_ms: int = 0
    ramp_ms: int = 0

    @property
    def versions(self) -> ServingVersions:
        """The models by their versions."""
        previous = self.previous.version if self.previous else 0
        return ServingVersions(self.model.version, previous, self.since_ms, self.ramp_ms)

    def check(self, encoder: str, features: tuple[str, ...]) -> None:
        """Raise ValueError unless the model fits the encoder version and the features."""
        if not self.model.fits(encoder, features):
            raise ValueError(
                f"segment model {self.model.version} was made with encoder {self.model.encoder} and features "
                f"{self.model.features}, this worker has {encoder} and {features}"
            )

    def previous_at(self, now_ms: int) -> SegmentModel | None:
        """Return the previous model while it may still decide for a user."""
        if self.previous is None or now_ms >= self.since_ms + self.ramp_ms:
            return None
        return self.previous if self.previous.has_space_of(self.model) else None

    def model_for(self, user_id: str, now_ms: int) -> SegmentModel:
        """Return the model that decides for a user; a user never goes back to the previous one."""
        previous = self.previous_at(now_ms)
        if previous is None or rollout_bucket(user_id, self.model.version) < (now_ms - self.since_ms) / self.ramp_ms:
            return self.model
        return previous


def rollout_bucket(user_id: str, version: int) -> float:
    """Return the fraction of the ramp, uniform in [0, 1), at which a user switches to the model of this version.

    Replays depend on this function: never change its values.
    """
    digest = blake2b(f"{version}:{user_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)

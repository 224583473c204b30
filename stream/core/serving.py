"""Which segment model decides for whom: one for everybody, or two while people pass from a former one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from stream.core.segment_model import SegmentModel


@dataclass(frozen=True, slots=True)
class Serving:
    """`model` serves. With a `former` one people pass to it over `ramp_ms` from `since_ms` on, each at a moment of
    their own; without, or where the former knows other profiles, everybody at once."""

    model: SegmentModel
    former: SegmentModel | None = None
    since_ms: int = 0
    ramp_ms: int = 0

    def check(self, encoder: str, features: tuple[str, ...]) -> None:
        """Raise ValueError unless the model decides on these profiles."""
        if (self.model.encoder, self.model.features) != (encoder, features):
            raise ValueError(
                f"segment model {self.model.version} was made with encoder {self.model.encoder} and features "
                f"{self.model.features}, this worker has {encoder} and {features}"
            )

    def former_at(self, now_ms: int) -> SegmentModel | None:
        """The former model while somebody may still be decided by it."""
        if self.former is None or now_ms >= self.since_ms + self.ramp_ms or not alike(self.former, self.model):
            return None
        return self.former

    def model_for(self, user: str, now_ms: int) -> SegmentModel:
        """The one model that decides for this person now. Who has passed to the new one never goes back."""
        former = self.former_at(now_ms)
        if former is None or turn(user, self.model.version) < (now_ms - self.since_ms) / self.ramp_ms:
            return self.model
        return former


def alike(a: SegmentModel, b: SegmentModel) -> bool:
    """Whether both models decide on the same profiles."""
    return (a.encoder, a.features, a.centroids.shape[1]) == (b.encoder, b.features, b.centroids.shape[1])


def turn(user: str, version: int) -> float:
    """When in a ramp a person passes to the model of this version, uniform in [0, 1). It is part of the record of
    what was decided, so it must stay this function."""
    digest = blake2b(f"{version}:{user}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)

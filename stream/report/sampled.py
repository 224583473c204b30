"""The sampled profiles of a store with the serving model: what maps, features and silhouettes are made of."""

from __future__ import annotations

from dataclasses import dataclass

from stream.core.segment_model import SegmentModel
from stream.store.queries.models import serving_model
from stream.store.queries.samples import SampleFrame, samples
from stream.store.store import Store


@dataclass(frozen=True, slots=True)
class Sampled:
    """Profiles of users, and the model that serves."""

    frame: SampleFrame
    model: SegmentModel


def read_sampled(store: Store) -> tuple[Sampled | None, str]:
    """Return the profiles and "", or None and why there are none that the serving model can place."""
    model = serving_model(store)
    if model is None:
        return None, "There is no segment model yet, so there are no segments, maps and silhouettes."
    frame = samples(store)
    if not frame.users:
        return None, "The store has no profiles (SEGUE_KEEP_PROFILES), so there are no maps and silhouettes."
    if not model.fits(frame.encoder, model.features) or frame.explicit.shape[1] != len(model.features):
        return None, (
            f"The newest profiles are of encoder {frame.encoder}, model {model.version} is of {model.encoder}: "
            "maps and silhouettes come when a model of the new encoder serves."
        )
    return Sampled(frame, model), ""

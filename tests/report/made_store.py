"""A store of made-up users, written as a replay writes it: any number of users and segments, any texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stream.core.description import Description, Phrase
from stream.core.output import Change, Evidence, Membership, MovingItems, Quality, Sample
from stream.core.policy import DAY_MS
from stream.core.profile import Profiles
from stream.core.reserved import PENDING
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from stream.core.transition import Rule
from stream.maps.landmarks import Landmarks
from stream.maps.methods import Method
from stream.maps.space import space_of
from stream.store.policy import StorePolicy
from stream.store.replayed import ReplayedStore
from stream.training.values.health import ExceededFigure, Figure, Health, SegmentHealth
from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.wire.catalogue import catalogue_messages
from stream.wire.changes import change_message
from stream.wire.health import health_message
from stream.wire.lineage import lineage_messages
from stream.wire.memberships import membership_message
from stream.wire.promotions import promotion_messages
from stream.wire.records import ProducerRecord
from stream.wire.samples import sample_message
from stream.wire.segment_models import model_message

T0 = 1_700_006_400_000  # the beginning of a day, UTC
DAY = DAY_MS
ENCODER = "e1"
FEATURES = ("recency", "weekend_share")
N_DIMENSIONS = 4
METHODS = (Method.TSNE_2D, Method.UMAP_2D, Method.TSNE_3D, Method.UMAP_3D)


@dataclass(frozen=True)
class Made:
    """Users as they were made: `of (n,)` is each user's first segment and `now (n,)` the segment of the end."""

    path: Path
    users: list[str]
    of: np.ndarray
    now: np.ndarray
    explicit: np.ndarray
    semantic: np.ndarray
    models: list[SegmentModel]

    @property
    def segments(self) -> list[str]:
        """The segment of each user at the end."""
        return [segment_id(at) for at in self.now]


def segment_id(at: int) -> str:
    """The id of a segment by its number."""
    return f"s-{at:04}"


def made_store(path: Path, n_users: int = 60, n_segments: int = 3, text: str = "milk", moved_every: int = 5) -> Made:
    """Write a store: every user enters on day 0, every fifth moves on day 10 to the next segment, because of `text`.

    Model 1 serves from day 0. Model 2, of day 20, has the same segments with the centroids of now.
    """
    rng = np.random.default_rng(1)
    of = np.arange(n_users) % n_segments
    now = np.where(np.arange(n_users) % moved_every == 0, (of + 1) % n_segments, of)
    centres = rng.normal(0, 3, (n_segments, 2 + N_DIMENSIONS))
    profiles = centres[now] + rng.normal(0, 0.5, (n_users, 2 + N_DIMENSIONS))
    users = [f"user-{at}" for at in range(n_users)]
    models = [
        model(version, centres + (0 if version == 2 else rng.normal(0, 1.0, centres.shape)), text) for version in (1, 2)
    ]
    made = Made(path, users, of, now, profiles[:, :2], profiles[:, 2:].astype(np.float32), models)
    store = ReplayedStore(path, StorePolicy(keep_ms=400 * DAY))
    for message in messages(made, text):
        store.take(message)
    store.close()
    return made


def model(version: int, centroids: np.ndarray, text: str) -> SegmentModel:
    """A model with a scaler that changes nothing."""
    width = 2 + N_DIMENSIONS
    names = [f"{text} {at}" for at in range(len(centroids))]
    return SegmentModel(
        version=version,
        encoder=ENCODER,
        features=FEATURES,
        scaler=Scaler(np.zeros(2), np.ones(2), 1.0, 1.0, np.zeros(N_DIMENSIONS, np.float32), 1.0, 0.0, 1.0),
        ids=tuple(segment_id(at) for at in range(len(centroids))),
        centroids=centroids.astype(np.float32).reshape(-1, width),
        thresholds=np.full(len(centroids), 50.0),
        descriptions=tuple(
            Description(name, (Phrase(f"{text} phrase", 0.5),), (f"{text} text",), ("weekends",), 10, 0.1, 0.8)
            for name in names
        ),
        made_ms=T0,
    )


def made_landmarks(made: Made, n: int = 300, methods: tuple[Method, ...] = METHODS) -> Landmarks:
    """Landmarks at known places, without a fit: the first dimensions of their vectors."""
    profiles = Profiles(made.explicit[:n], made.semantic[:n], np.full(len(made.users[:n]), 3.0, np.float32))
    space = space_of(profiles, made.models[0].scaler)
    vectors = np.unique(space.transform(profiles), axis=0)
    places = {method: vectors[:, : method.n_dimensions].copy() for method in methods}
    return Landmarks(ENCODER, FEATURES, space, vectors, places, T0, 0)


def messages(made: Made, text: str = "milk") -> Iterator[ProducerRecord]:
    """Yield what the jobs would have published of the users."""
    first, second = made.models
    yield from _serve(first, None, 0)
    for at, user in enumerate(made.users):
        yield change_message(_change(user, 1, PENDING, segment_id(made.of[at]), T0 + at, text))
    for at, user in enumerate(made.users):
        moved = made.now[at] != made.of[at]
        if moved:
            when = T0 + 10 * DAY + at
            yield change_message(_change(user, 2, segment_id(made.of[at]), segment_id(made.now[at]), when, text))
        yield membership_message(_membership(user, at, segment_id(made.now[at]), 2 if moved else 1))
        yield sample_message(_sample(made, at, text))
    yield from _serve(second, first, 20)
    for day in (5, 15, 25):
        yield health_message(_health(day, len(first.ids)))


def _serve(serving: SegmentModel, previous: SegmentModel | None, day: int) -> Iterator[ProducerRecord]:
    born = Lineage(segment_id(0), LineageEvent.BORN, (segment_id(1),), serving.version, 0.1, fractions=(0.5,))
    before = previous.version if previous else 0
    cause = Cause.REFRESH if previous else Cause.WARM_UP
    promotion = Promotion(
        serving.version, before, Status.PROMOTED, Trigger.AUTOMATIC, cause, T0 + day * DAY, lineage=(born,)
    )
    yield model_message(serving)
    yield from promotion_messages(promotion)
    yield from lineage_messages(promotion)
    yield from catalogue_messages(serving, previous)


def _change(user: str, sequence: int, origin: str, target: str, time_ms: int, text: str) -> Change:
    entered = origin == PENDING
    items = (MovingItems(text, ("purchase",), ("e",), time_ms, time_ms, 0.5),)
    return Change(
        user, sequence, origin, target, origin, f"{text} {int(target[2:])}",
        Rule.ENTERED if entered else Rule.MARGIN_AND_DWELL, None, 0.1, 0, 0, Evidence(items, (), 0.5), 3, time_ms,
        time_ms, 1, ENCODER, Quality.FULL,
    )  # fmt: skip


def _membership(user: str, at: int, segment: str, sequence: int) -> Membership:
    traits = {"plan": "paid" if at % 3 == 0 else "free", "email": f"{user}@example.com"}
    return Membership(user, segment, segment, T0, sequence, 1, ENCODER, traits)


def _sample(made: Made, at: int, text: str) -> Sample:
    none = np.zeros(N_DIMENSIONS, np.float32)
    profile = made.explicit[at], made.semantic[at], 3.0
    return Sample(made.users[at], T0 + 12 * DAY, *profile, none, (text,), ENCODER, segment_id(made.now[at]))


def _health(day: int, n_segments: int) -> Health:
    ids = map(segment_id, range(n_segments))
    return Health(
        T0 + day * DAY, 1, 100, 2.0 - day / 50, 0.01, 0.05, {"recency": 0.3, "weekend_share": 0.1}, 0.02, n_segments,
        tuple(SegmentHealth(each, 20, 0.2, 15.0, 0.5 + at + day / 100, 0.1, False) for at, each in enumerate(ids)),
        (ExceededFigure(Figure.PSI_FEATURE, "recency"),),
    )  # fmt: skip

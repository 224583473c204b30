"""The figures of a report as values: what its pages show and what a notebook gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from stream.core.arrays import Floats, Vectors
from stream.maps.alignment import Shift
from stream.store.queries.flows import Flow
from stream.store.queries.segments import SegmentRow, SizePoint
from stream.training.values.health import Figure
from stream.wire.lineage import SegmentLineage
from stream.wire.promotions import SegmentPromotion


@dataclass(frozen=True, slots=True)
class MappedUsers:
    """Users on the maps, in parallel: ids as shown, segment ids, last changes as sentences, and silhouettes.

    A silhouette is NaN for users outside the segments of the serving model. `traits` holds a value, or "", for each.
    """

    users: tuple[str, ...]
    segments: tuple[str, ...]
    reasons: tuple[str, ...]
    silhouettes: Floats
    traits: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MapFigure:
    """A map: `places (n, 2 or 3) float32` of the users, and how far neighbours in it are neighbours in profiles.

    Both qualities are of `n_measured` users as placed, and 1 at best. `drift` is how far the same users moved since the
    last report, None without one.
    """

    method: str
    places: Vectors
    trustworthiness: float
    continuity: float
    n_measured: int
    n_landmarks: int
    made_ms: int
    drift: Shift | None


@dataclass(frozen=True, slots=True)
class FeatureBar:
    """A mean of an explicit feature among members, in standard deviations from the population, with its words."""

    name: str
    words: str
    deviations: float


@dataclass(frozen=True, slots=True)
class SilhouetteFigure:
    """Silhouettes of `n_users` members: mean, share below 0, and counts in ten bins from -1 to 1."""

    mean: float
    share_negative: float
    n_users: int
    bins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TimePoint:
    """A figure at a moment of the stream's clock."""

    time_ms: int
    value: float


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """Figures of one segment; parts are empty or None where nothing was measured."""

    row: SegmentRow
    sizes: tuple[SizePoint, ...]
    features: tuple[FeatureBar, ...]
    silhouette: SilhouetteFigure | None
    flows_in: tuple[Flow, ...]
    flows_out: tuple[Flow, ...]
    lineage: tuple[SegmentLineage, ...]
    cohesion: tuple[TimePoint, ...]


@dataclass(frozen=True, slots=True)
class HealthRow:
    """A figure of health; `threshold` is None where nothing warns, and `subject` a feature, a segment or ""."""

    figure: Figure
    subject: str
    value: float
    threshold: float | None
    exceeded: bool


class Sides(StrEnum):
    """A kind of comparison: of two dates, or of two versions of the segment model on the same users."""

    DATES = "dates"
    VERSIONS = "versions"


@dataclass(frozen=True, slots=True)
class SideRow:
    """A segment on both sides of a comparison: users before and after."""

    id: str
    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two dates, or two model versions on the same users: sizes, moved users, flows, and lives of segments between.

    `n_moved` of `n_users` are in another segment after than before. Flows between versions have no reasons.
    """

    sides: Sides
    before: str
    after: str
    rows: tuple[SideRow, ...]
    n_users: int
    n_moved: int
    flows: tuple[Flow, ...]
    lineage: tuple[SegmentLineage, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a whole report. Times are of the stream's clock; `notes` say what is missing, and why."""

    since_ms: int
    newest_ms: int
    segments: tuple[SegmentFigures, ...]
    reserved: tuple[SegmentRow, ...]
    mapped: MappedUsers
    maps: tuple[MapFigure, ...]
    objective: tuple[TimePoint, ...]
    unknown: tuple[TimePoint, ...]
    health: tuple[HealthRow, ...]
    flows: tuple[Flow, ...]
    comparison: Comparison | None
    promotions: tuple[SegmentPromotion, ...]
    lineage: tuple[SegmentLineage, ...]
    notes: tuple[str, ...]

"""Figures of health beside the limits at which they warn.

A limit is the one that the trainer published with a warning, else that of this process' settings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from stream.serve.pages.renderer import Asked
from stream.store.queries.health import health, warnings
from stream.training.values.health import Figure
from stream.web.figures import decimal, opening, percent
from stream.wire.health import SegmentsHealth, SegmentsWarning

N_WARNINGS = 200
WORDS = {
    Figure.UNKNOWN: "share of unknown users",
    Figure.FLIPS: "changes of segment per user and day",
    Figure.PSI_SEGMENTS: "divergence of the sizes of segments (PSI)",
    Figure.PSI_FEATURE: "divergence of {} (PSI)",
    Figure.N_CLUSTERS: "clusters found",
    Figure.DRIFT: "drift of {}, in thresholds",
    Figure.SPREAD: "spread of the users of a generation",
}
SETTINGS = {
    Figure.UNKNOWN: "SEGUE_WARN_UNKNOWN",
    Figure.FLIPS: "SEGUE_WARN_FLIPS",
    Figure.PSI_SEGMENTS: "SEGUE_WARN_PSI",
    Figure.PSI_FEATURE: "SEGUE_WARN_PSI",
    Figure.N_CLUSTERS: "SEGUE_N_SEGMENTS_MAX",
    Figure.DRIFT: "SEGUE_WARN_DRIFT",
    Figure.SPREAD: "",
}
Subject = tuple[Figure, str]

decode_health = msgspec.json.Decoder(SegmentsHealth).decode
decode_warning = msgspec.json.Decoder(SegmentsWarning).decode


@dataclass(frozen=True, slots=True)
class LimitedFigure:
    """A figure of health with its limit: `words` say what it is, and `setting` where the limit comes from."""

    figure: Figure
    words: str
    value: float
    limit: float
    setting: str
    is_beyond: bool

    @property
    def shown_value(self) -> str:
        """The value as people read it."""
        return self._shown(self.value)

    @property
    def shown_limit(self) -> str:
        """The limit as people read it."""
        return self._shown(self.limit)

    @property
    def sentence(self) -> str:
        """The figure as a sentence."""
        return f"{opening(self.words)}: {self.shown_value}, limit {self.shown_limit}."

    def _shown(self, number: float) -> str:
        if self.figure is Figure.N_CLUSTERS:
            return decimal(number, 0)
        return percent(number) if self.figure is Figure.UNKNOWN else decimal(number, 2)


def figures_of(asked: Asked) -> list[LimitedFigure]:
    """Return the figures of the newest review that can warn, those beyond their limits first; empty without one.

    Drift is that of the segment that drifted most, and of those beyond the limit.
    """
    value = health(asked.store)
    if value is None:
        return []
    now = decode_health(value)
    said = {(each.figure, each.subject): each.threshold for each in reversed(_warnings(asked))}
    beyond = {(each.figure, each.subject) for each in now.warnings}
    found = [
        LimitedFigure(
            figure=figure,
            words=WORDS[figure].format(asked.names.get(subject, subject)),
            value=number,
            limit=said.get((figure, subject), limit),
            setting=SETTINGS[figure],
            is_beyond=(figure, subject) in beyond,
        )
        for (figure, subject), number, limit in _numbers(now, asked, beyond)
    ]
    return sorted(found, key=lambda figure: not figure.is_beyond)


def standing_warnings(asked: Asked) -> list[LimitedFigure]:
    """Return the figures that are beyond their limits at the newest review."""
    return [figure for figure in figures_of(asked) if figure.is_beyond]


def _numbers(now: SegmentsHealth, asked: Asked, beyond: set[Subject]) -> Iterator[tuple[Subject, float, float]]:
    policy = asked.parts.limits
    yield (Figure.UNKNOWN, ""), now.unknown_share, policy.warn_unknown
    yield (Figure.FLIPS, ""), now.flips_per_user_day, policy.warn_flips
    yield (Figure.PSI_SEGMENTS, ""), now.psi_segments, policy.warn_psi
    yield (Figure.N_CLUSTERS, ""), now.n_clusters, max(policy.n_segments_max, len(now.segments))
    for name, number in sorted(now.psi_features.items(), key=lambda pair: -pair[1]):
        yield (Figure.PSI_FEATURE, name), number, policy.warn_psi
    for at, each in enumerate(sorted(now.segments, key=lambda each: -each.drift)):
        if not at or (Figure.DRIFT, each.id) in beyond:
            yield (Figure.DRIFT, each.id), each.drift, policy.warn_drift


def _warnings(asked: Asked) -> list[SegmentsWarning]:
    return [decode_warning(each) for each in warnings(asked.store, N_WARNINGS)]

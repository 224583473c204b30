"""Figures of health beside the limits at which they warn."""

from __future__ import annotations

from dataclasses import dataclass

from stream.serve.pages.renderer import Asked
from stream.serve.pages.summary import FIGURE_WORDS
from stream.training.values.health import Figure
from stream.web.figures import decimal, percent
from stream.wire.health import SegmentsHealth


@dataclass(frozen=True, slots=True)
class LimitedFigure:
    """A figure of health: words, value and limit as people read them, the setting of the limit, and its state."""

    words: str
    subject: str
    value: float
    shown_value: str
    limit: float | None
    shown_limit: str
    setting: str
    is_beyond: bool


def figures_of(health: SegmentsHealth, asked: Asked) -> list[LimitedFigure]:
    """Return the figures that can warn, those beyond their limits first, and of each kind the largest."""
    policy = asked.parts.limits
    beyond = {(each.figure, each.subject) for each in health.warnings}
    found = [
        _figure(Figure.UNKNOWN, "", "", health.unknown_share, policy.warn_unknown, "SEGUE_WARN_UNKNOWN", beyond),
        _figure(Figure.FLIPS, "", "", health.flips_per_user_day, policy.warn_flips, "SEGUE_WARN_FLIPS", beyond),
        _figure(Figure.PSI_SEGMENTS, "", "", health.psi_segments, policy.warn_psi, "SEGUE_WARN_PSI", beyond),
    ]
    features = sorted(health.psi_features.items(), key=lambda pair: -pair[1])
    found += [_figure(Figure.PSI_FEATURE, name, name, value, policy.warn_psi, "SEGUE_WARN_PSI", beyond)
              for name, value in features]  # fmt: skip
    segments = sorted(health.segments, key=lambda each: -each.drift)
    found += [_figure(Figure.DRIFT, each.id, asked.names.get(each.id, each.id), each.drift, policy.warn_drift,
                      "SEGUE_WARN_DRIFT", beyond) for each in segments]  # fmt: skip
    return sorted(found, key=lambda figure: not figure.is_beyond)


def _figure(
    figure: Figure, subject: str, name: str, value: float, limit: float, setting: str, beyond: set[tuple[Figure, str]]
) -> LimitedFigure:
    def shown(number: float) -> str:
        return percent(number) if figure is Figure.UNKNOWN else decimal(number, 2)

    is_beyond = (figure, subject) in beyond
    return LimitedFigure(FIGURE_WORDS[figure], name, value, shown(value), limit, shown(limit), setting, is_beyond)

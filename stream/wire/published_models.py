"""The content of `segment-model`: segment models by version, and the promotion of the serving one."""

from __future__ import annotations

from collections.abc import Callable

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.wire.promotions import SERVING_KEY, SegmentPromotion, read_promotion
from stream.wire.segment_models import SegmentModelError, load_segment_model

_VERSION_DIGITS_MAX = 16  # of 2^53, the largest version
_KEY_BYTES_SHOWN = 40


class PublishedModels:
    """A fold over the topic's records, in order: a later record replaces an earlier one, a tombstone deletes it.

    `models` holds readable models by version, `refused` the reasons against others. `decision` is the last promotion
    that changed the serving model, None before the first.

    `serving` follows `decision`, among models that `fits` accepts. While the promoted model is missing, the served
    one stays. A new reader without one serves the previous model, as the other readers do.
    """

    def __init__(self, fits: Callable[[SegmentModel], bool] = lambda _: True) -> None:
        self.models: dict[int, SegmentModel] = {}
        self.refused: dict[int, str] = {}
        self.decision: SegmentPromotion | None = None
        self.serving: Serving | None = None
        self._fits = fits
        self._rollout_starts_ms = 0

    def take(self, key: bytes | None, value: bytes | None, written_ms: int = 0) -> str | None:
        """Add one record; return the reason if it is refused, else None.

        `written_ms` is the record's append time on the clock of decisions; 0 under another clock.
        """
        refused = self._take_promotion(value, written_ms) if key == SERVING_KEY else self._take_model(key, value)
        self.serving = self._serving()
        return refused

    def _serving(self) -> Serving | None:
        if self.decision is None:
            return None
        model, previous = self._usable(self.decision.segment_model), self._usable(self.decision.previous_model)
        if model is None:
            return self.serving or (Serving(previous) if previous else None)
        if previous and self.decision.ramp_ms > 0:
            return Serving(model, previous, self._rollout_starts_ms, self.decision.ramp_ms)
        return Serving(model)

    def _usable(self, version: int) -> SegmentModel | None:
        model = self.models.get(version)
        return model if model is not None and self._fits(model) else None

    def _take_model(self, key: bytes | None, document: bytes | None) -> str | None:
        if key is None or not key.isdigit() or len(key) > _VERSION_DIGITS_MAX:
            return f"its key is {key and key[:_KEY_BYTES_SHOWN]!r}, expected a version or {SERVING_KEY!r}"
        version = int(key)
        self.models.pop(version, None)
        self.refused.pop(version, None)
        if document is None:
            return None
        try:
            self.models[version] = _read(version, document)
        except SegmentModelError as refused:
            self.refused[version] = str(refused)
        return self.refused.get(version)

    def _take_promotion(self, value: bytes | None, written_ms: int) -> str | None:
        previous = self.decision
        try:
            self.decision = read_promotion(value or b"")
        except (ValueError, RecursionError) as error:
            return f"not a promotion of the serving model: {error}"
        # The samples behind a promotion can be hours old: no user switches before it is written. A repeat is no change.
        if self.decision != previous:
            self._rollout_starts_ms = max(self.decision.time_ms, written_ms)
        return None


def _read(version: int, document: bytes) -> SegmentModel:
    model = load_segment_model(document)
    if model.version != version:
        raise SegmentModelError(f"under the key {version} lies a segment model of version {model.version}")
    return model

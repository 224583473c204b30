"""What `segment-model` says so far: segment models by their version, and the verdict on which of them serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from stream.wire.promotions import SERVING_KEY, SegmentPromotion, read_promotion
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import SegmentModelError, load_segment_model
from stream.wire.topics import SEGMENT_MODEL


class PublishedModels:
    """The topic's records, folded in order: a later one replaces an earlier one of its key, a tombstone drops it.

    `models` are those that can be read and `refused` the reasons why others can not, both by version; `verdict` is the
    last that changed what serves, None before the first.

    `serving` is what serves by that verdict, of models that `fits` allows. While the model it names is not there, what
    served before goes on; with nothing before, the model that the verdict took the place of, so that who begins to
    read serves what the others do.
    """

    def __init__(self, fits: Callable[[SegmentModel], bool] = lambda _: True) -> None:
        self.models: dict[int, SegmentModel] = {}
        self.refused: dict[int, str] = {}
        self.decision: SegmentPromotion | None = None
        self.serving: Serving | None = None
        self._fits = fits
        self._begins_ms = 0

    def take(self, key: bytes | None, value: bytes | None, written_ms: int = 0) -> str | None:
        """Take in one record; says why it is refused, None if it is not. `written_ms` is when it came onto the topic,
        in the time of those who decide by it; 0 if that time is not theirs."""
        refused = self._take_verdict(value, written_ms) if key == SERVING_KEY else self._take_model(key, value)
        self.serving = self._serving()
        return refused

    def _serving(self) -> Serving | None:
        if self.decision is None:
            return None
        model, former = self._usable(self.decision.segment_model), self._usable(self.decision.previous_model)
        if model is None:
            return self.serving or (Serving(former) if former else None)
        if former and self.decision.ramp_ms > 0:
            return Serving(model, former, self._begins_ms, self.decision.ramp_ms)
        return Serving(model)

    def _usable(self, version: int) -> SegmentModel | None:
        model = self.models.get(version)
        return model if model is not None and self._fits(model) else None

    def _take_model(self, key: bytes | None, document: bytes | None) -> str | None:
        if key is None or not key.isdigit():
            return f"its key is {key!r}, expected a version or {SERVING_KEY!r}"
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

    def _take_verdict(self, value: bytes | None, written_ms: int) -> str | None:
        former = self.decision
        try:
            self.decision = read_promotion(value or b"")
        except msgspec.DecodeError as error:
            return f"no verdict on what serves: {error}"
        # samples can be hours old, and nobody passes before it is heard of; what is said again is no news
        if self.decision != former:
            self._begins_ms = max(self.decision.time_ms, written_ms)
        return None


def last_serving(messages: Iterable[ProducerRecord]) -> SegmentModel | None:
    """What serves after all of these messages, of whatever topics; None for nothing."""
    published = PublishedModels()
    for message in messages:
        if message.topic == SEGMENT_MODEL:
            published.take(message.key, message.value)
    return published.serving.model if published.serving else None


def _read(version: int, document: bytes) -> SegmentModel:
    model = load_segment_model(document)
    if model.version != version:
        raise SegmentModelError(f"under the key {version} lies a segment model of version {model.version}")
    return model

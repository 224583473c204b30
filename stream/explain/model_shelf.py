"""The segment models of a deployment by version, also those that were taken back, as far as the topic has them."""

from __future__ import annotations

from collections.abc import Iterable

from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving, ServingVersions
from stream.explain.explanation import Lack, Missing
from stream.wire.segment_models import SegmentModelError, load_segment_model


class ModelShelf:
    """A shelf of models of one encoder and one set of features; a document is read when first needed.

    `missing` has the reasons against versions that were asked for.
    """

    def __init__(self, encoder: str, features: tuple[str, ...], fixed: SegmentModel | None = None) -> None:
        self._encoder, self._features = encoder, features
        self._documents: dict[int, bytes] = {}
        self._models: dict[int, SegmentModel] = {fixed.version: fixed} if fixed else {}
        self.missing: dict[int, Missing] = {}
        self.next_offset = 0

    def take(self, records: Iterable[tuple[int, bytes | None, bytes | None]]) -> None:
        """Take in records of `segment-model`, each with offset, key and value. The last one of a version counts."""
        for offset, key, value in records:
            self.next_offset = offset + 1
            if key and key.isdigit() and value is not None:
                self._documents[int(key)] = value
                self._models.pop(int(key), None)
                self.missing.pop(int(key), None)

    def model(self, version: int) -> SegmentModel | None:
        """Return a model that can decide here; None with an entry in `missing` otherwise."""
        if version in self._models or version in self.missing:
            return self._models.get(version)
        found = self._read(version)
        if isinstance(found, Missing):
            self.missing[version] = found
            return None
        self._models[version] = found
        return found

    def serving(self, versions: ServingVersions) -> Serving | None:
        """Return the serving model of these versions; None without one."""
        model = self.model(versions.model) if versions.model else None
        if model is None:
            return None
        previous = self.model(versions.previous) if versions.previous else None
        return Serving(model, previous, versions.since_ms, versions.ramp_ms)

    def _read(self, version: int) -> SegmentModel | Missing:
        document = self._documents.get(version)
        if document is None:
            return Missing(
                Lack.MODEL_IS_GONE,
                f"segment model {version} is not on the topic segment-model: it was taken back, or served from a file "
                "(SEGUE_SEGMENT_MODEL)",
            )
        try:
            model = load_segment_model(document)
        except SegmentModelError as error:
            return Missing(Lack.MODEL_IS_GONE, f"segment model {version} on segment-model cannot be read: {error}")
        if model.encoder != self._encoder:
            return Missing(
                Lack.OTHER_ENCODER,
                f"segment model {version} is of encoder {model.encoder}, and here is {self._encoder} (SEGUE_ENCODER)",
            )
        if model.features != self._features:
            return Missing(Lack.OTHER_SETTINGS, f"segment model {version} has other features (SEGUE_KINDS)")
        return model

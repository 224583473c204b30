"""Log lines about events that were refused, late, or not wholly understood, with one example of each kind.

The first of a kind is told at once, further ones once a minute with their number. A producer with a fault sends
thousands a second. The number of kinds is bounded, by the reasons and by the paths that a decoder reads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic

import structlog

from stream.core.sentence.visible_text import visible
from stream.runtime.events import Delivered, EngineEvent
from stream.runtime.job import BatchSummary, Example

_EVERY_S = 60.0
_DETAIL_CHARS_MAX = 200

Kind = tuple[str, str]  # what happened, and its reason, field or nothing

_REFUSED, _IGNORED, _LATE = "events refused", "fields not understood, they count as missing", "events late"


class RefusedLog:
    """An observer that counts, and logs each kind at most once a minute. `close` logs what is left."""

    def __init__(self, role: str, now_s: Callable[[], float] = monotonic) -> None:
        self._role, self._now_s = role, now_s
        self._counts = Counter[Kind]()
        self._examples: dict[Kind, Example] = {}
        self._next_s: dict[Kind, float] = {}

    def __call__(self, event: EngineEvent) -> None:
        """Count the records of a turn of the job with this role, and log what is due."""
        if event.role != self._role:
            return
        if isinstance(event, Delivered):
            for batch in event.batches:
                self._count(_REFUSED, batch.rejections, batch)
                self._count(_IGNORED, batch.ignored, batch)
                self._counts[_LATE, ""] += batch.outcomes.get("late", 0)
        now_s = self._now_s()
        for kind, n in list(self._counts.items()):
            if n and now_s >= self._next_s.get(kind, now_s):
                self._tell(kind)
                self._next_s[kind] = now_s + _EVERY_S

    def close(self) -> None:
        """Log what was counted since the last line of each kind."""
        for kind, n in list(self._counts.items()):
            if n:
                self._tell(kind)

    def _count(self, what: str, counts: Mapping[str, int], batch: BatchSummary) -> None:
        for name, n in counts.items():
            self._counts[what, name] += n
            if name in batch.examples:
                self._examples.setdefault((what, name), batch.examples[name])

    def _tell(self, kind: Kind) -> None:
        what, name = kind
        fields: dict[str, object] = {"n": self._counts.pop(kind)}
        if name:
            fields["reason" if what == _REFUSED else "field"] = str(name)
        if example := self._examples.pop(kind, None):
            fields |= {"topic": example.topic, "partition": example.partition, "offset": example.offset}
            if example.detail:
                fields["detail"] = visible(example.detail[:_DETAIL_CHARS_MAX])
        log = structlog.get_logger()
        (log.info if what == _LATE else log.warning)(what, **fields)

"""A log line about a lag that grows, with the resource that is short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

import structlog

from stream.runtime.events import Delivered, EngineEvent, Idle

_MEASURED_S, _EVERY_S = 60.0, 300.0
_GROWN = 1_000  # records; fewer may wait by chance
_BUSY = 0.5  # share of the time above which a resource is the one that is short


class Resource(StrEnum):
    """A resource that a worker can be short of, in words for the log."""

    ENCODER = "encoder"
    COMPUTATION = "computation"
    BROKER = "broker"
    NOTHING = "nothing: the worker waits for records"


@dataclass(slots=True)
class _Span:
    """A time measured: its begin, the lag then, and the seconds spent since."""

    since_s: float
    lag: int
    encoded_s: float
    compute_s: float = 0.0
    deliver_s: float = 0.0


class ShortageLog:
    """An observer that warns when the lag of a role has grown for a minute, at most once in five.

    `encode_s` returns the seconds that the encoder has worked so far. The next turn is computed while the former one is
    delivered, so both can take all the time: the larger one decides.
    """

    def __init__(self, role: str, encode_s: Callable[[], float], now_s: Callable[[], float] = monotonic) -> None:
        self._role, self._encode_s, self._now_s = role, encode_s, now_s
        self._span: _Span | None = None
        self._quiet_until_s = 0.0

    def __call__(self, event: EngineEvent) -> None:
        """Add a turn, and look at the lag once a minute."""
        if not isinstance(event, Delivered | Idle) or event.role != self._role:
            return
        now_s, lag = self._now_s(), sum(event.lag.values())
        if self._span is None:
            self._span = _Span(now_s, lag, self._encode_s())
        elif isinstance(event, Delivered):
            self._span.compute_s += event.compute_s
            self._span.deliver_s += event.deliver_s
        if now_s - self._span.since_s >= _MEASURED_S:
            self._look(self._span, now_s, lag)
            self._span = _Span(now_s, lag, self._encode_s())

    def _look(self, span: _Span, now_s: float, lag: int) -> None:
        if lag < span.lag + _GROWN or now_s < self._quiet_until_s:
            return
        self._quiet_until_s = now_s + _EVERY_S
        elapsed_s, encode_s = now_s - span.since_s, self._encode_s() - span.encoded_s
        shares = {
            Resource.ENCODER: encode_s / elapsed_s,
            Resource.COMPUTATION: max(0.0, span.compute_s - encode_s) / elapsed_s,
            Resource.BROKER: span.deliver_s / elapsed_s,
        }
        structlog.get_logger().warning(
            "records arrive faster than this worker takes them",
            short=short(shares).value,
            lag=lag,
            grown_by=lag - span.lag,
            **{resource.value: round(share, 2) for resource, share in shares.items()},
        )


def short(shares: dict[Resource, float]) -> Resource:
    """Return the resource that is short, by the share of the time that each one took.

    Encoding and computation take turns, so the larger one stands for both. A worker that is busy for less than half of
    the time waits for records.

    >>> short({Resource.ENCODER: 0.1, Resource.COMPUTATION: 0.8, Resource.BROKER: 0.6}).value
    'computation'
    """
    encoder, computation, broker = (shares[each] for each in (Resource.ENCODER, Resource.COMPUTATION, Resource.BROKER))
    if max(encoder + computation, broker) < _BUSY:
        return Resource.NOTHING
    if broker > encoder + computation:
        return Resource.BROKER
    return Resource.ENCODER if encoder > computation else Resource.COMPUTATION

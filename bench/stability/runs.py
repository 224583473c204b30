"""Replays of the same purchases with and without hysteresis, by one segment model and with the live trainer.

Windows have the defaults: 32 items of 90 days, with a half-life of 60. The run with a short memory has 30 days, and a
half-life of 7. The run with a long one has 64 items of 90 days, with a half-life of 45.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from tqdm import tqdm

from bench.harness.setting_texts import settings_with
from bench.stability.timeline import RunResult, collect
from stream.bootstrap import build_replay
from stream.core.policy import DAY_MS
from stream.demo.run import N_PARTITIONS
from stream.demo.worker import SETTINGS
from stream.files.complete_journey import purchases
from stream.settings import WorkerSettings

BOTH, MARGIN, DWELL, NEITHER = "margin and dwell", "margin only", "dwell only", "neither"
LIVE = "both, live trainer"
SHORT, LONG = f"{LIVE}, short memory", f"{LIVE}, long memory"

Variants = Mapping[str, Mapping[str, Any]]  # changes to the demo's policy, by name
FIXED: Variants = MappingProxyType(
    {BOTH: {}, MARGIN: {"dwell_ms": 0}, DWELL: {"margin": 0.0}, NEITHER: {"margin": 0.0, "dwell_ms": 0}}
)
LEARNING: Variants = MappingProxyType(
    {
        LIVE: {},
        SHORT: {"window_ms": 30 * DAY_MS, "half_life_ms": 7 * DAY_MS},
        LONG: {"window_ms": 90 * DAY_MS, "window_items": 64, "half_life_ms": 45 * DAY_MS},
    }
)
HOUSEHOLDS = range(1, 2_501)


@dataclass(frozen=True)
class Stream:
    """Purchases of one household in `one_in`, between dates.

    The fixed segment model serves on `count_from` and was trained since `learn_from`. Runs with it begin on
    `replay_from`, early enough for full windows. Changes in `[count_from, until)` count.
    """

    one_in: int
    learn_from: str
    replay_from: str
    count_from: str
    until: str

    @property
    def households(self) -> range:
        """Numbers of the households; some numbers have no household."""
        return HOUSEHOLDS[:: self.one_in]

    def purchases(self, start: str, end: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield the messages of `[start, end)`."""
        return purchases(at_ms(start), at_ms(end), self.households)


def at_ms(date: str) -> int:
    """Return the start of a date in UTC."""
    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp() * 1000)


def demo_settings(model: str) -> WorkerSettings:
    """Return the settings of the demo's worker, with the encoder folder `model`."""
    return settings_with({**SETTINGS, "encoder": model})


def replay_all(stream: Stream, settings: WorkerSettings, pool: Executor) -> dict[str, RunResult]:
    """Replay all variants: those of FIXED by one segment model, those of LEARNING with a trainer."""
    first = pool.submit(replay, stream, settings, stream.learn_from, stream.count_from)
    learning = {
        name: pool.submit(replay, stream, _with(settings, other), stream.learn_from, stream.until)
        for name, other in LEARNING.items()
    }
    with TemporaryDirectory() as folder:
        file = Path(folder) / "segment-model"
        file.write_bytes(first.result().last_serving_model())
        settings = replace(settings, process=replace(settings.process, segment_model=str(file)))
        fixed = {
            name: pool.submit(replay, stream, _with(settings, other), stream.replay_from, stream.until)
            for name, other in FIXED.items()
        }
        return {name: future.result() for name, future in tqdm((fixed | learning).items(), desc="replays")}


def replay(stream: Stream, settings: WorkerSettings, start: str, end: str) -> RunResult:
    """Replay `[start, end)`."""
    return collect(build_replay(settings, N_PARTITIONS).run(stream.purchases(start, end)))


def _with(settings: WorkerSettings, other: Mapping[str, Any]) -> WorkerSettings:
    return replace(settings, policy=replace(settings.policy, **other))

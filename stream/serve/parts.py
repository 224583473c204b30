"""Everything that the application is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from stream.explain.explanation import Explanation
from stream.serve.identity import Identity
from stream.settings import ServeSettings
from stream.store.freshness import Freshness
from stream.training.values.policy import TrainingPolicy

Explain = Callable[[str, int | None], Explanation]  # of a user and a sequence; None: the newest change; ExplainError


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of the application: the store's file, its freshness, and functions of other rooms.

    `freshness` is cheap and of any thread. `explain` is slow, of one thread, and None without a log to read.
    `clock_ms` is wall time. `limits` has the thresholds of warnings.
    `is_stopping` ends live updates at once, so that no open page holds up the end of the process.
    """

    store_path: Path
    freshness: Callable[[], Freshness]
    settings: ServeSettings
    identity: Identity
    clock_ms: Callable[[], int]
    explain: Explain | None = None
    layout_path: Path | None = None
    limits: TrainingPolicy = field(default_factory=TrainingPolicy)
    is_stopping: Callable[[], bool] = lambda: False

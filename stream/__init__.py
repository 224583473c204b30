"""Segue: real-time customer segments. User events come in, segment changes go out; `export` makes the encoders.

The names for an embedding program are imported from here (`docs/python-api.md`); `api` defines them.

To read the code like an essay, take this order. The docstring of each package lists its modules in reading order.

1. `core`: the decision, pure. Start at `core.event`; `core.step` is the whole hot path as one function.
2. `training`: segment models from samples, pure. Start at `training.steps.train`, training as one function.
3. `wire`: values as bytes, on topics and in files; `formats`: events with schemas, and CloudEvents.
4. `runtime`: the seam between jobs, which compute, and engines, which read and deliver.
5. `jobs`: the two jobs, `segmenter` and `trainer`.
6. `engines`: the loops that run a job on Kafka, with transactions or in a Faust app.
7. `kafka`, `onnx`, `observability`, `files`: Kafka clients, encoders, metrics and log, event files.
8. `settings` declares the groups of settings, and `bootstrap` connects the parts. `replay` runs the jobs without a
   broker, and `backfill` over the past of a deployment.
9. `store`: what the topics say, in one file. `sink`: audiences to an HTTP endpoint. `explain`: past changes, decided
   again from the log. `maps`: places of users on maps. `lookalike`: users like a seed audience. `serve`: dashboard and
   API; `report`: the same as one file; `web`: scripts and styles of both.
10. `cli` has the verbs, `demo` the live demo, and `devkafka` a broker on this machine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stream.api import Event, EventError, Frame, load_encoder, make_report, read_change, replay_events
    from stream.core.encoder import Encoder
    from stream.core.policy import Policy
    from stream.core.setting import SettingError
    from stream.maps.methods import MapError
    from stream.onnx.folder import EncoderError
    from stream.report.errors import ReportError
    from stream.report.report import Report
    from stream.settings import Process, WorkerSettings
    from stream.store.errors import StoreError
    from stream.training.values.policy import TrainingPolicy
    from stream.wire.changes import SegmentChange
    from stream.wire.segment_models import SegmentModelError

__all__ = [
    "Encoder",
    "EncoderError",
    "Event",
    "EventError",
    "Frame",
    "MapError",
    "Policy",
    "Process",
    "Report",
    "ReportError",
    "SegmentChange",
    "SegmentModelError",
    "SettingError",
    "StoreError",
    "TrainingPolicy",
    "WorkerSettings",
    "load_encoder",
    "make_report",
    "read_change",
    "replay_events",
]

_HOME = {
    "Encoder": "stream.core.encoder",
    "EncoderError": "stream.onnx.folder",
    "MapError": "stream.maps.methods",
    "Policy": "stream.core.policy",
    "Process": "stream.settings",
    "Report": "stream.report.report",
    "ReportError": "stream.report.errors",
    "SegmentChange": "stream.wire.changes",
    "SegmentModelError": "stream.wire.segment_models",
    "SettingError": "stream.core.setting",
    "StoreError": "stream.store.errors",
    "TrainingPolicy": "stream.training.values.policy",
    "WorkerSettings": "stream.settings",
}  # name → module; all others are of stream.api


def __getattr__(name: str) -> Any:
    """Return a name of the API, imported at its first use: `import stream` alone loads nothing else."""
    if name not in __all__:
        raise AttributeError(f"module 'stream' has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "stream.api")), name)

"""Quix Streams with a stateful window: `PYTHON -m bench.speed.peer_programs.quix FOLDER GROUP`.

State has the texts of the window, which is smaller than their vectors, and the segment. A checkpoint a second commits
state, changes and offsets; the default of five seconds changes the rate little and the latency much.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from quixstreams import Application, State

from bench.speed.peer_programs.task import Known, Task, segment_name

_COMMIT_S = 1.0


def run(task: Task, known: Known) -> None:
    """Consume until the process ends."""
    app = Application(
        broker_address=task.bootstrap_servers,
        consumer_group=task.group,
        auto_offset_reset="earliest",
        commit_interval=_COMMIT_S,
        state_dir=task.state_folder,
        processing_guarantee="exactly-once" if task.exactly_once else "at-least-once",
        loglevel="WARNING",
        consumer_extra_config={"fetch.queue.backoff.ms": 5},
        producer_extra_config={"retry.backoff.ms": 5},
    )
    numbers = known.numbers()

    def decide(event: dict[str, Any], state: State) -> dict[str, Any] | None:
        window = [*state.get("texts", []), event["text"]][-task.window_items :]
        state.set("texts", window)
        mean = known.vectors[[numbers[text] for text in window]].mean(axis=0)
        nearest = segment_name(int(np.argmin(np.linalg.norm(known.centroids - mean, axis=1))))
        before = state.get("segment")
        if nearest == before:
            return None
        state.set("segment", nearest)
        return {"user": event["user_id"], "from": before, "to": nearest, "time_ms": event["timestamp"]}

    frame = app.dataframe(app.topic(task.events, value_deserializer="json"))
    changes = frame.apply(decide, stateful=True)
    changes = changes[changes.apply(lambda change: change is not None)]
    changes.to_topic(app.topic(task.changes, value_serializer="json"))
    app.run()


if __name__ == "__main__":
    run(Task.read(Path(sys.argv[1]), sys.argv[2]), Known.read(Path(sys.argv[1])))

"""A loop with numpy for each event: `python -m bench.speed.peer_programs.numpy_loop FOLDER GROUP`.

At least once. The windows are in memory alone, and lost at a restart.
"""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path

import numpy as np
from confluent_kafka import Consumer

from bench.speed.peer_programs.kafka_loop import (
    BATCH,
    consumer_of,
    decoder,
    offsets_of,
    producer_of,
    send_change,
    values_of,
)
from bench.speed.peer_programs.task import Known, Task, Vectors


def run(task: Task, known: Known, consumer: Consumer) -> None:
    """Consume until the process ends."""
    producer = producer_of(task)
    consumer.subscribe([task.events])
    vectors = dict(zip(known.texts, known.vectors, strict=True))
    windows: dict[str, deque[Vectors]] = {}
    segments: dict[str, int] = {}
    while True:
        values = values_of(consumer.consume(BATCH, timeout=0.05))
        for value in values:
            event = decoder.decode(value)
            window = windows.setdefault(event.user_id, deque(maxlen=task.window_items))
            window.append(vectors[event.text])
            mean = np.mean(window, axis=0)
            nearest = int(np.argmin(np.linalg.norm(known.centroids - mean, axis=1)))
            before = segments.get(event.user_id)
            if nearest != before:
                segments[event.user_id] = nearest
                send_change(producer, task, event.user_id, before, nearest, event.timestamp)
        if values:
            producer.flush()
            consumer.commit(offsets=offsets_of(consumer), asynchronous=True)


if __name__ == "__main__":
    task = Task.read(Path(sys.argv[1]), sys.argv[2])
    with consumer_of(task) as consumer:
        run(task, Known.read(Path(sys.argv[1])), consumer)

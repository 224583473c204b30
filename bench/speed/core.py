"""Throughput of the core alone: events a second of `step` on one core, and the share of each stage.

Purchases from February on come in micro-batches, after January has filled the windows. Every text is in the encoder's
cache. The reference is the usual script: a deque of vectors for each user, their mean, `KMeans.predict` for each
event. The script has no explicit features, no expiry, no hysteresis, no evidence and no state to store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import numpy as np
from sklearn.cluster import KMeans
from stream.core.decider import Decider

from bench.harness.part import Part
from bench.harness.scenario import N_SEGMENTS, POLICY, Purchase, Trained, from_february, settings, trained
from bench.harness.stopwatch import Stopwatch
from stream.bootstrap import build_encoder, build_segmenter
from stream.core import scheduler
from stream.core import step as step_module
from stream.core.event import Event, Record
from stream.core.outcome import Step
from stream.core.state import PartitionState
from stream.core.step import step
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.onnx.encoder import OnnxEncoder
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord
from stream.wire.segment_models import load_segment_model
from stream.wire.topics import USER_EVENTS


@dataclass(frozen=True)
class Sizes:
    """Numbers of events and rounds; the fastest round counts."""

    n_training: int
    n_events: int
    n_script: int
    n_rounds: int
    micro_batch: int = 1_000


@dataclass(frozen=True)
class Row:
    """A method, or a stage of one; `ratio` is to the usual script."""

    what: str
    n_events: int
    events_per_s: float | None
    us_per_event: float
    ratio: float | None


def measure(sizes: Sizes) -> list[Row]:
    """Return rows of the step, its stages, the whole job, and the script."""
    ready = trained(sizes.n_training)
    encoder = build_encoder(settings().process)
    raws = raws_of(from_february(sizes.n_events))
    records = [Record(r.offset, r.timestamp_ms, decode_json(r.key, r.value, Fields())) for r in raws]
    encoder.encode(list({r.content.text for r in records if isinstance(r.content, Event)}))
    model = FixedModel(load_segment_model(ready.segment_model))
    job = build_segmenter(settings(), encoder, model, Placement(1))

    def best_us(run: Callable[[], float], n: int) -> float:
        return min(run() for _ in range(sizes.n_rounds)) / n * 1e6

    script_us = best_us(partial(script_s, records[: sizes.n_script], ready, encoder), sizes.n_script)
    step_us = best_us(partial(steps_s, records, ready, job, sizes.micro_batch), len(records))
    job_us = best_us(partial(job_s, raws, ready, job, sizes.micro_batch), len(records))
    rows = [Row("step and merge", len(records), 1e6 / step_us, step_us, script_us / step_us)]
    rows += stages(records, ready, job, sizes.micro_batch)
    rows.append(Row("decode, step, records, messages", len(records), 1e6 / job_us, job_us, script_us / job_us))
    return [*rows, Row("the usual script", sizes.n_script, 1e6 / script_us, script_us, 1.0)]


def raws_of(purchases: list[Purchase]) -> list[ConsumerRecord]:
    """Return the purchases as records of one partition."""
    return [ConsumerRecord(USER_EVENTS, 0, at, 0, key, value, []) for at, (key, value) in enumerate(purchases)]


def as_trained(ready: Trained) -> PartitionState:
    """Return a copy of the warm partition to merge into. User states are shared: a step never changes them."""
    warm = ready.partition
    return replace(warm, users=dict(warm.users), timers=list(warm.timers))


def steps_s(records: list[Record], ready: Trained, job: Segmenter, micro_batch: int) -> float:
    """Return the seconds of `step` for all records, from the warm state on."""
    partition, model = as_trained(ready), job.models.newest()
    started = perf_counter()
    for at in range(0, len(records), micro_batch):
        done = step(records[at : at + micro_batch], partition, model, job.encoder, POLICY)
        done.merge_into(partition)
    return perf_counter() - started


def job_s(raws: list[ConsumerRecord], ready: Trained, job: Segmenter, micro_batch: int) -> float:
    """Return the seconds of the whole job for all records."""
    job.partitions[0] = as_trained(ready)
    job.prepare()
    started = perf_counter()
    for at in range(0, len(raws), micro_batch):
        job.merge(job.process(0, raws[at : at + micro_batch], 0))
    return perf_counter() - started


def stages(records: list[Record], ready: Trained, job: Segmenter, micro_batch: int) -> list[Row]:
    """Return one row for each stage of `steps_s`, timed in a run of its own.

    Windows and timers are the rest: the total less the watched stages.
    """
    with Stopwatch() as watch:
        watch.time(step_module, "stored_vectors")
        watch.time(scheduler, "evaluate")
        watch.time(Decider, "decide")
        watch.time(Step, "merge_into")
        total_s = steps_s(records, ready, job, micro_batch)
    parts = {
        "- texts to vectors, all cached": watch.seconds["stored_vectors"],
        "- windows and timers": total_s - sum(watch.seconds.values()),
        "- evaluate: profiles and distances": watch.seconds["evaluate"],
        "- decide: hysteresis, evidence, samples": watch.seconds["decide"],
        "- merge": watch.seconds["merge_into"],
    }
    return [Row(what, len(records), None, s / len(records) * 1e6, None) for what, s in parts.items()]


def script_s(records: list[Record], ready: Trained, encoder: OnnxEncoder) -> float:
    """Return the seconds of the usual script for all records, with warm windows."""
    windows = {
        name: deque(
            user.window.columns["vector"][: len(user.window)] * user.window.columns["scale"][: len(user.window), None],
            maxlen=POLICY.window_items,
        )
        for name, user in ready.partition.users.items()
        if len(user.window)
    }
    events = [r.content for r in records if isinstance(r.content, Event)]
    texts = list({event.text for event in events})
    vectors = dict(zip(texts, encoder.encode(texts), strict=True))
    means = np.stack([np.mean(window, axis=0) for window in windows.values()])
    kmeans = KMeans(N_SEGMENTS, n_init=1, random_state=0).fit(means)
    started = perf_counter()
    for event in events:
        window = windows.setdefault(event.user, deque(maxlen=POLICY.window_items))
        window.append(vectors[event.text])
        kmeans.predict(np.mean(window, axis=0)[None, :])
    return perf_counter() - started


PART = Part(
    title="The core alone, on one core",
    aim="at least 20,000 events/s",
    full=Sizes(n_training=120_000, n_events=150_000, n_script=2_000, n_rounds=3),
    quick=Sizes(n_training=30_000, n_events=20_000, n_script=500, n_rounds=1),
    measure=measure,
)

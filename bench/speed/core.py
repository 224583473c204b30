"""Throughput of the core alone: events a second of `step` on one core, and the share of each stage.

Purchases from February on come in micro-batches, after January has filled the windows. Every text is in the encoder's
cache. The reference is the usual script: a deque of vectors for each user, their mean, `KMeans.predict` for each
event. The script has no explicit features, no expiry, no hysteresis, no evidence and no state to store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import thread_time

import numpy as np
from sklearn.cluster import KMeans

from bench.harness.part import Part
from bench.harness.scenario import N_SEGMENTS, POLICY, Purchase, Trained, from_february, settings, trained
from bench.harness.stopwatch import Stopwatch
from bench.speed.user_copies import vector_of
from stream.bootstrap import build_encoder, build_segmenter
from stream.core import step as step_module
from stream.core.event import Event, Record
from stream.core.kernel.binding import kernel
from stream.core.outcome import Step
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.records import Records
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
    events = [r.content for r in records if isinstance(r.content, Event)]
    encoder.encode(list({event.text for event in events}))
    batches = [Records.of(records[at : at + sizes.micro_batch]) for at in range(0, len(records), sizes.micro_batch)]
    model = FixedModel(load_segment_model(ready.segment_model))
    job = build_segmenter(settings(), encoder, model, Placement(1))

    def best_us(run: Callable[[], float], n: int) -> float:
        return min(run() for _ in range(sizes.n_rounds)) / n * 1e6

    script_us = best_us(partial(script_s, events[: sizes.n_script], ready, encoder), sizes.n_script)
    step_us = best_us(partial(steps_s, batches, ready, job), len(records))
    job_us = best_us(partial(job_s, raws, ready, job, sizes.micro_batch), len(records))
    rows = [Row("step and merge", len(records), 1e6 / step_us, step_us, script_us / step_us)]
    rows += stages(batches, ready, job)
    rows.append(Row("decode, step, records, messages", len(records), 1e6 / job_us, job_us, script_us / job_us))
    return [*rows, Row("the usual script", sizes.n_script, 1e6 / script_us, script_us, 1.0)]


def raws_of(purchases: list[Purchase]) -> list[ConsumerRecord]:
    """Return the purchases as records of one partition."""
    return [ConsumerRecord(USER_EVENTS, 0, at, 0, key, value, []) for at, (key, value) in enumerate(purchases)]


def as_trained(ready: Trained, policy: Policy = POLICY) -> PartitionState:
    """Return a copy of the warm partition to merge into, under a policy."""
    warm = ready.partition
    copy = PartitionState(policy, warm.dimension, warm.encoder)
    copy.put_all(dict(warm.users()))
    copy.now_ms, copy.offset, copy.serving = warm.now_ms, warm.offset, warm.serving
    return copy


def steps_s(batches: list[Records], ready: Trained, job: Segmenter) -> float:
    """Return the seconds of `step` for all records, from the warm state on."""
    partition, model = as_trained(ready), job.models.newest()
    started = thread_time()
    for records in batches:
        step(records, partition, model, job.encoder, POLICY).merge_into(partition)
    return thread_time() - started


def job_s(raws: list[ConsumerRecord], ready: Trained, job: Segmenter, micro_batch: int) -> float:
    """Return the seconds of the whole job for all records."""
    job.partitions[0] = as_trained(ready)
    job.prepare()
    started = thread_time()
    for at in range(0, len(raws), micro_batch):
        job.merge(job.process(0, raws[at : at + micro_batch], 0))
    return thread_time() - started


def stages(batches: list[Records], ready: Trained, job: Segmenter) -> list[Row]:
    """Return one row for each stage of `steps_s`, timed in a run of its own.

    Outputs are the rest: the total less the watched stages.
    """
    with Stopwatch(thread_time) as watch:
        watch.time(step_module, "batch_of")
        watch.time(kernel(), "segue_step")
        watch.time(Step, "merge_into")
        total_s = steps_s(batches, ready, job)
    parts = {
        "- columns and vectors for the kernel": watch.seconds["batch_of"],
        "- the kernel: windows, timers, profiles, decisions": watch.seconds["segue_step"],
        "- outputs: changes with evidence, samples": total_s - sum(watch.seconds.values()),
        "- merge": watch.seconds["merge_into"],
    }
    n = sum(map(len, batches))
    return [Row(what, n, None, s / n * 1e6, None) for what, s in parts.items()]


def script_s(events: list[Event], ready: Trained, encoder: OnnxEncoder) -> float:
    """Return the seconds of the usual script for all events, with warm windows."""
    windows = {
        name: deque((vector_of(item) for item in user.items), maxlen=POLICY.window_items)
        for name, user in ready.partition.users()
        if user.items
    }
    texts = list({event.text for event in events})
    vectors = dict(zip(texts, encoder.encode(texts), strict=True))
    means = np.stack([np.mean(window, axis=0) for window in windows.values()])
    kmeans = KMeans(N_SEGMENTS, n_init=1, random_state=0).fit(means)
    started = thread_time()
    for event in events:
        window = windows.setdefault(event.user, deque(maxlen=POLICY.window_items))
        window.append(vectors[event.text])
        kmeans.predict(np.mean(window, axis=0)[None, :])
    return thread_time() - started


PART = Part(
    title="The core alone, on one core",
    aim="at least 10 times the core of 2026-11-27, which took 31.8 µs",
    full=Sizes(n_training=120_000, n_events=150_000, n_script=2_000, n_rounds=3),
    quick=Sizes(n_training=30_000, n_events=20_000, n_script=500, n_rounds=1),
    measure=measure,
)

"""What the trainer costs, and what a promotion costs a worker.

Samples are those of real purchases from January on, each person at most once a day of theirs; they are trained on in
one process with one thread, from the warm-up on, batches and daily reviews as a worker has them. The reference is what
there is without Segue: scikit-learn's `MiniBatchKMeans.partial_fit` on the same profiles in the same batches, which
keeps nobody, describes nothing and answers for nothing. Memory is the growth of Python's and numpy's allocations.

A promotion: a worker's turn takes the model off the topic (parsing and checking it), and steps over the next
micro-batch with it. Both are timed beside micro-batches without one.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median
from time import perf_counter

import numpy as np
from sklearn.cluster import MiniBatchKMeans

from bench.harness.part import Part
from bench.harness.scenario import N_SEGMENTS, TRAINING, Trained, from_february, settings, trained
from bench.speed.core import as_trained, raws_of
from stream.bootstrap import build_encoder, build_replay, build_segmenter
from stream.core.output import Sample
from stream.core.profile import Profiles
from stream.core.serving import Serving
from stream.files.complete_journey import purchases
from stream.jobs.segmenter import FixedModel, Segmenter
from stream.training.steps.train import TrainerConfig, needed, train
from stream.training.values.state import Memory
from stream.wire.published_models import PublishedModels
from stream.wire.records import ConsumerRecord
from stream.wire.samples import SAMPLE_KEY, read_sample
from stream.wire.segment_models import load_segment_model, model_message
from stream.wire.topics import PROFILE_SAMPLE
from stream.wire.trainer_records import memory_puts

_NEVER_MS = 1 << 60


@dataclass(frozen=True)
class Sizes:
    """How many samples are trained on, from how many purchases, and how many micro-batches a worker is timed on."""

    n_training: int
    n_samples: int
    n_events: int
    n_batches: int
    micro_batch: int = 1_000


@dataclass(frozen=True)
class Row:
    """`s_per_10k` samples; `ms` of one of what the row is; `mib` of memory; `kib_per_10k` samples of changelog."""

    what: str
    s_per_10k: float | None = None
    ms: float | None = None
    mib: float | None = None
    kib_per_10k: float | None = None


def measure(sizes: Sizes) -> list[Row]:
    """The trainer with and without reviews, the reference, and a worker's turns."""
    samples = list(islice(samples_of(sizes.n_events), sizes.n_samples))
    config = course_of(samples[0])
    calm = replace(config, policy=replace(config.policy, review_ms=_NEVER_MS))
    per_10k = 10_000 / len(samples)
    whole_s, memory, n_bytes, worst_s = trained_on(samples, config)
    calm_s = trained_on(samples, calm)[0]
    tracemalloc.start()
    kept = trained_on(samples, config)[1]
    mib = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    return [
        Row("training, with reviews", whole_s * per_10k, worst_s * 1e3, mib, n_bytes / 1024 * per_10k),
        Row("training, no reviews", calm_s * per_10k),
        Row("MiniBatchKMeans.partial_fit", partial_fit_s(samples, kept) * per_10k),
        *promotion(sizes, memory),
    ]


def samples_of(n_events: int) -> Iterator[Sample]:
    """What workers sample of the first purchases."""
    for message in build_replay(settings(), n_partitions=1).run(islice(purchases(), n_events)):
        if message.topic == PROFILE_SAMPLE and message.key == SAMPLE_KEY:
            yield read_sample(message.value or b"")


def course_of(sample: Sample) -> TrainerConfig:
    """That of a worker of the scenario."""
    features = tuple(f"feature {at}" for at in range(len(sample.explicit)))
    return TrainerConfig(
        TRAINING, settings().policy.semantic_weight, settings().policy.margin, features, sample.encoder, "g"
    )


def trained_on(samples: Sequence[Sample], config: TrainerConfig) -> tuple[float, Memory, int, float]:
    """Seconds of all steps, the memory at the end, bytes put into the changelog, and seconds of the longest step after
    the warm-up."""
    memory, total_s, worst_s, n_bytes, at = Memory(), 0.0, 0.0, 0, 0
    while at + (n := needed(memory, config)) <= len(samples):
        started = perf_counter()
        after = train(memory, samples[at : at + n], config).memory
        took_s = perf_counter() - started
        worst_s, total_s = max(worst_s, took_s if at else 0.0), total_s + took_s
        n_bytes += sum(len(put.key) + len(put.value or b"") for put in memory_puts(memory, after))
        memory, at = after, at + n
    return total_s, memory, n_bytes, worst_s


def partial_fit_s(samples: Sequence[Sample], memory: Memory) -> float:
    """Seconds of scikit-learn alone, profiles ready."""
    if memory.state is None:
        raise ValueError("too few samples for a warm-up")
    raw = Profiles(np.stack([s.explicit for s in samples]), np.stack([s.semantic for s in samples]))
    x = memory.state.scaler.transform(raw)
    model = MiniBatchKMeans(N_SEGMENTS, random_state=0)
    started = perf_counter()
    for at in range(0, len(x), TRAINING.batch_samples):
        model.partial_fit(x[at : at + TRAINING.batch_samples])
    return perf_counter() - started


def promotion(sizes: Sizes, memory: Memory) -> list[Row]:
    """A worker's turns with and without a promotion."""
    ready = trained(sizes.n_training)
    calm, promoted, expected_segments = turns(sizes, ready)
    size = f"{len(max(memory.models.values(), key=lambda m: m.version).ids)} segments"
    return [
        Row(f"a turn of {sizes.micro_batch:,} events, the same model", ms=median(calm)),
        Row(f"a turn of {sizes.micro_batch:,} events, a promotion before it", ms=median(promoted)),
        Row(f"- of it reading the model ({size})", ms=median(expected_segments)),
    ]


def turns(sizes: Sizes, ready: Trained) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of turns without and with a promotion, one after the other, and of the reading alone."""
    raws = raws_of(from_february(2 * sizes.n_batches * sizes.micro_batch))
    model, published = load_segment_model(ready.segment_model), PublishedModels()
    source = FixedModel(model)
    job = build_segmenter(settings(), build_encoder(settings().process), source)
    job.partitions[0] = as_trained(ready)
    calm, promoted, expected_segments = [], [], []
    for at in range(0, len(raws), 2 * sizes.micro_batch):
        middle, end = at + sizes.micro_batch, at + 2 * sizes.micro_batch
        calm.append(turn_ms(job, raws[at:middle]))
        message = model_message(replace(model, version=model.version + end))
        started = perf_counter()
        published.take(message.key, message.value)
        expected_segments.append((perf_counter() - started) * 1e3)
        source.serving = Serving(published.models[model.version + end])
        promoted.append(expected_segments[-1] + turn_ms(job, raws[middle:end]))
    return calm, promoted, expected_segments


def turn_ms(job: Segmenter, raws: list[ConsumerRecord]) -> float:
    """Milliseconds of one turn: what serves is taken, records are stepped over and merged."""
    started = perf_counter()
    job.prepare()
    job.merge(job.process(0, raws, 0))
    return (perf_counter() - started) * 1e3


PART = Part(
    title="Cost of training, and of a promotion in a worker",
    aim="a promotion pauses no longer than a batch",
    full=Sizes(n_training=120_000, n_samples=20_000, n_events=450_000, n_batches=40),
    quick=Sizes(n_training=30_000, n_samples=2_000, n_events=40_000, n_batches=5),
    measure=measure,
)

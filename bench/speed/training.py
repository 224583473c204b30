"""Cost of training, and of a promotion in a worker.

Samples are those of real purchases from January on, at most one a day for each user. They are trained on in one
process with one thread: warm-up, batches and daily reviews as in a worker. The reference is scikit-learn's
`MiniBatchKMeans.partial_fit` on the same profiles in the same batches, without reservoir, descriptions or reviews.
Memory is the growth of Python's and numpy's allocations.

A promotion: a worker's turn reads the model from the topic (parses and checks it), then processes the next micro-batch
with it. Both are timed beside micro-batches without a promotion.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from statistics import median
from time import perf_counter

from sklearn.cluster import MiniBatchKMeans

from bench.harness.part import Part
from bench.harness.scenario import N_SEGMENTS, TRAINING, Trained, from_february, settings, trained
from bench.speed.core import as_trained, raws_of
from stream.bootstrap import build_encoder, build_replay, build_segmenter
from stream.core.output import Sample
from stream.core.serving import Serving
from stream.files.complete_journey import purchases
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.training.steps.train import needed, train
from stream.training.values.config import TrainerConfig
from stream.training.values.reservoir import sampled_profiles
from stream.training.values.state import TrainerState
from stream.wire.placement import Placement
from stream.wire.published_models import PublishedModels
from stream.wire.records import ConsumerRecord
from stream.wire.samples import SAMPLE_KEY, read_sample
from stream.wire.segment_models import load_segment_model, model_message
from stream.wire.topics import PROFILE_SAMPLE
from stream.wire.trainer_records import trainer_puts

_NEVER_MS = 1 << 60


@dataclass(frozen=True)
class Sizes:
    """Numbers of samples, of the purchases they come from, and of the micro-batches to time a worker on."""

    n_training: int
    n_samples: int
    n_events: int
    n_batches: int
    micro_batch: int = 1_000


@dataclass(frozen=True)
class Row:
    """Cost of one activity: seconds for 10,000 samples, `ms` of one turn, memory, and KiB of changelog for 10,000."""

    what: str
    s_per_10k: float | None = None
    ms: float | None = None
    mib: float | None = None
    kib_per_10k: float | None = None


@dataclass(frozen=True)
class TrainingRun:
    """A finished training: its final state, total seconds, the longest step after the warm-up, and changelog bytes."""

    state: TrainerState | None
    total_s: float
    longest_s: float
    changelog_bytes: int


@dataclass(frozen=True)
class TurnTimes:
    """Milliseconds of turns without and with a promotion before them, and of reading the model alone."""

    without: list[float]
    promoted: list[float]
    reading: list[float]


def measure(sizes: Sizes) -> list[Row]:
    """Return rows of the trainer with and without reviews, the reference, and a worker's turns."""
    samples = list(islice(samples_of(sizes.n_events), sizes.n_samples))
    config = config_of(samples[0])
    without_reviews = replace(config, policy=replace(config.policy, review_ms=_NEVER_MS))
    per_10k = 10_000 / len(samples)
    whole, calm = trained_on(samples, config), trained_on(samples, without_reviews)
    tracemalloc.start()
    kept = trained_on(samples, config).state
    mib = tracemalloc.get_traced_memory()[0] / 2**20
    tracemalloc.stop()
    kib_per_10k = whole.changelog_bytes / 1024 * per_10k
    return [
        Row("training, with reviews", whole.total_s * per_10k, whole.longest_s * 1e3, mib, kib_per_10k),
        Row("training, no reviews", calm.total_s * per_10k),
        Row("MiniBatchKMeans.partial_fit", partial_fit_s(samples, kept) * per_10k),
        *promotion(sizes, whole.state),
    ]


def samples_of(n_events: int) -> Iterator[Sample]:
    """Yield the samples that workers take of the first purchases."""
    for message in build_replay(settings(), n_partitions=1).run(islice(purchases(), n_events)):
        if message.topic == PROFILE_SAMPLE and message.key == SAMPLE_KEY:
            yield read_sample(message.value or b"")


def config_of(sample: Sample) -> TrainerConfig:
    """Return the trainer configuration of the scenario."""
    features = tuple(f"feature {at}" for at in range(len(sample.explicit)))
    return TrainerConfig(
        TRAINING, settings().policy.semantic_weight, settings().policy.margin, features, sample.encoder, "g"
    )


def trained_on(samples: Sequence[Sample], config: TrainerConfig) -> TrainingRun:
    """Train on all samples, step by step."""
    run, at = TrainingRun(None, 0.0, 0.0, 0), 0
    while at + (n := needed(run.state, config)) <= len(samples):
        started = perf_counter()
        after = train(run.state, samples[at : at + n], config).state
        took_s = perf_counter() - started
        put_bytes = sum(len(put.key) + len(put.value or b"") for put in trainer_puts(run.state, after))
        longest_s = max(run.longest_s, took_s if at else 0.0)
        run = TrainingRun(after, run.total_s + took_s, longest_s, run.changelog_bytes + put_bytes)
        at += n
    return run


def partial_fit_s(samples: Sequence[Sample], state: TrainerState | None) -> float:
    """Return the seconds of scikit-learn alone, with profiles ready.

    Raises ValueError when there were too few samples for a warm-up.
    """
    if state is None:
        raise ValueError("too few samples for a warm-up")
    x = state.segments.scaler.transform(sampled_profiles(samples))
    model = MiniBatchKMeans(N_SEGMENTS, random_state=0)
    started = perf_counter()
    for at in range(0, len(x), TRAINING.batch_samples):
        model.partial_fit(x[at : at + TRAINING.batch_samples])
    return perf_counter() - started


def promotion(sizes: Sizes, state: TrainerState | None) -> list[Row]:
    """Return rows of a worker's turns with and without a promotion."""
    times = turns(sizes, trained(sizes.n_training))
    size = f"{len(max((state.registry.models if state else {}).values(), key=lambda m: m.version).ids)} segments"
    return [
        Row(f"a turn of {sizes.micro_batch:,} events, the same model", ms=median(times.without)),
        Row(f"a turn of {sizes.micro_batch:,} events, a promotion before it", ms=median(times.promoted)),
        Row(f"- of it reading the model ({size})", ms=median(times.reading)),
    ]


def turns(sizes: Sizes, ready: Trained) -> TurnTimes:
    """Time turns without and with a promotion, alternating."""
    raws = raws_of(from_february(2 * sizes.n_batches * sizes.micro_batch))
    model, published = load_segment_model(ready.segment_model), PublishedModels()
    source, times = FixedModel(model), TurnTimes([], [], [])
    job = build_segmenter(settings(), build_encoder(settings().process), source, Placement(1))
    job.partitions[0] = as_trained(ready)
    for at in range(0, len(raws), 2 * sizes.micro_batch):
        middle, end = at + sizes.micro_batch, at + 2 * sizes.micro_batch
        times.without.append(turn_ms(job, raws[at:middle]))
        message = model_message(replace(model, version=model.version + end))
        started = perf_counter()
        published.take(message.key, message.value)
        times.reading.append((perf_counter() - started) * 1e3)
        source.serving = Serving(published.models[model.version + end])
        times.promoted.append(times.reading[-1] + turn_ms(job, raws[middle:end]))
    return times


def turn_ms(job: Segmenter, raws: list[ConsumerRecord]) -> float:
    """Return the milliseconds of one turn: read the serving model, process the records, merge."""
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

"""Cost of publishing profiles: CPU time of the job for each event, and bytes on `user-profiles`.

The job decodes, steps, and makes the records of changelog and topics, as a worker does; it sends none. January has
filled the windows before. Bytes are of key and value, before the producer's compression.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import process_time

from bench.harness.part import Part
from bench.harness.scenario import Trained, from_february, settings, trained
from bench.speed.core import as_trained, raws_of
from stream.bootstrap import build_encoder, build_segmenter
from stream.core.encoder import Encoder
from stream.core.policy import PublishProfiles
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.segment_models import load_segment_model
from stream.wire.topics import USER_PROFILES


@dataclass(frozen=True)
class Sizes:
    """Numbers of events and rounds; rounds alternate, and the fastest counts."""

    n_training: int
    n_events: int
    n_rounds: int
    micro_batch: int = 1_000


@dataclass(frozen=True)
class Row:
    """A choice of `SEGUE_PUBLISH_PROFILES`; `ratio` is to `off`, and a user's bytes are those of the newest record."""

    publish_profiles: str
    n_events: int
    us_per_event: float
    ratio: float
    records_per_event: float
    bytes_per_record: float | None
    bytes_per_user: float | None


def measure(sizes: Sizes) -> list[Row]:
    """Return one row for each choice."""
    ready, raws = trained(sizes.n_training), raws_of(from_february(sizes.n_events))
    encoder = build_encoder(settings().process)
    jobs = {choice: segmenter(choice, encoder, ready) for choice in PublishProfiles}
    published = {
        choice: list(profiles(warm(job, ready), raws, sizes)) for choice, job in jobs.items()
    }  # fills the cache
    best = dict.fromkeys(jobs, float("inf"))
    for _ in range(sizes.n_rounds):
        for choice, job in jobs.items():
            warm(job, ready)
            started_s = process_time()
            for _ in profiles(job, raws, sizes):
                pass
            best[choice] = min(best[choice], process_time() - started_s)
    off_s = best[PublishProfiles.OFF]
    return [row(choice, best[choice], off_s, found, len(raws)) for choice, found in published.items()]


def segmenter(choice: PublishProfiles, encoder: Encoder, ready: Trained) -> Segmenter:
    """Return the job of a worker with this choice."""
    chosen = settings()
    chosen = replace(chosen, policy=replace(chosen.policy, publish_profiles=choice))
    return build_segmenter(chosen, encoder, FixedModel(load_segment_model(ready.segment_model)), Placement(1))


def warm(job: Segmenter, ready: Trained) -> Segmenter:
    """Return the job in the warm state."""
    job.partitions[0] = as_trained(ready, job.policy)
    job.prepare()
    return job


def profiles(job: Segmenter, raws: list[ConsumerRecord], sizes: Sizes) -> Iterator[ProducerRecord]:
    """Run the job over all records, and yield the profiles."""
    for at in range(0, len(raws), sizes.micro_batch):
        batch = job.process(0, raws[at : at + sizes.micro_batch], 0)
        job.merge(batch)
        yield from (message for message in batch.messages if message.topic == USER_PROFILES)


def row(choice: PublishProfiles, best_s: float, off_s: float, found: list[ProducerRecord], n_events: int) -> Row:
    """Return the row of one choice."""
    newest = {message.key: message for message in found}
    return Row(
        publish_profiles=choice.value,
        n_events=n_events,
        us_per_event=best_s / n_events * 1e6,
        ratio=best_s / off_s,
        records_per_event=len(found) / n_events,
        bytes_per_record=mean_bytes(found),
        bytes_per_user=mean_bytes(list(newest.values())),
    )


def mean_bytes(messages: list[ProducerRecord]) -> float | None:
    """Return the mean bytes of key and value; None without messages."""
    if not messages:
        return None
    return sum(len(message.key or b"") + len(message.value or b"") for message in messages) / len(messages)


PART = Part(
    title="Profiles on their topic",
    aim="`changes` within 1.05 of `off`",
    full=Sizes(n_training=120_000, n_events=100_000, n_rounds=3),
    quick=Sizes(n_training=30_000, n_events=5_000, n_rounds=1),
    measure=measure,
)

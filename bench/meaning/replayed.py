"""A replay as `segue replay FILE` makes it: the same jobs, four partitions, every setting at its default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

from bench.meaning.events import Planted, messages
from bench.stability.timeline import Timeline, collect
from stream.bootstrap import build_replay
from stream.core.arrays import Floats
from stream.core.description import Description
from stream.core.encoder import Encoder
from stream.settings import WorkerSettings
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.samples import read_sample
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_MODEL

N_PARTITIONS = 4  # the default of `segue replay`


@dataclass(frozen=True)
class Replayed:
    """Results of a replay: timelines by user, last sampled features by user, and segments.

    `named` describes the segments of the model that serves at the end. `n_models` counts published versions.
    """

    timelines: Mapping[str, Timeline]
    features: Mapping[str, Floats]
    named: Mapping[str, Description]
    n_models: int
    seconds: float


def replay(planted: Planted, settings: WorkerSettings, encoder: Encoder) -> Replayed:
    """Replay the events on the event clock, with a trainer."""
    start_s = perf_counter()
    published, features = PublishedModels(), dict[str, Floats]()

    def watched() -> Iterator[ProducerRecord]:
        for message in build_replay(settings, N_PARTITIONS, encoder).run(messages(planted.events)):
            if message.topic == SEGMENT_MODEL:
                published.take(message.key, message.value)
            elif message.topic == PROFILE_SAMPLE and message.value:
                sample = read_sample(message.value)
                features[sample.user] = sample.explicit
            yield message

    result = collect(watched())
    serving = published.serving
    named = dict(zip(serving.model.ids, serving.model.descriptions, strict=True)) if serving else {}
    return Replayed(result.timelines, features, named, len(result.models), perf_counter() - start_s)

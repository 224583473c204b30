"""A worker beside segmenters without Segue, on one broker with the same events, in one run.

The programs are in `peer_programs`. All keep 32 items a user and have the same vectors and centroids. The centroids are
of a k-means on January's windows, as many as Segue's model has. Rates are of committed offsets, as in `worker`. Slow
programs read the first part of the events alone. Rounds alternate. Ratios are of the best rounds.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from statistics import median

import click
import msgspec
import numpy as np
from sklearn.cluster import KMeans

from bench.harness.deployment import Deployment, Reading, deployment
from bench.harness.part import Part
from bench.harness.scenario import N_SEGMENTS, POLICY, Purchase, from_february, january, settings, trained
from bench.speed.peer import Peer
from bench.speed.peer_programs.task import Known
from bench.speed.quix_python import make_quix_python
from bench.speed.worker import bare_readings, cpu_us, rate, worker_readings
from stream.bootstrap import build_encoder
from stream.core.encoder import Encoder

BARE, SEGUE = "bare loop: consume and decode", "Segue"


@dataclass(frozen=True)
class Sizes:
    """Numbers of events and rounds: `n_warm` events precede the measured ones; slow programs have `n_slow` of these."""

    n_training: int
    n_warm: int
    n_events: int
    n_slow: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """A method with its guarantee: the best round and the median one, and the least CPU time of the process."""

    method: str
    guarantee: str
    windows: str
    n_events: int
    events_per_s: float
    median_per_s: float
    of_bare: float
    of_segue: float
    cpu_us_per_event: float


@dataclass(frozen=True)
class Method:
    """A row to measure: `readings` runs a round. The windows survive a restart, or they are lost."""

    name: str
    guarantee: str
    windows: str
    n_events: int
    readings: Callable[[int], list[Reading]]


def measure(sizes: Sizes) -> list[Row]:
    """Return rows of the bare loop, Segue, and the peers; without Quix Streams where it can not be installed."""
    purchases = from_february(sizes.n_warm + sizes.n_events)
    with deployment(trained(sizes.n_training).segment_model) as target:
        target.create_topics("bare")
        known_of([*january(sizes.n_training), *purchases], sizes.n_training).write(target.folder)
        target.send(purchases)
        found = methods(target, sizes)
        rates: dict[int, list[float]] = defaultdict(list)
        cpu: dict[int, list[float]] = defaultdict(list)
        for number in range(sizes.n_rounds):
            for at, method in enumerate(found):
                readings = method.readings(number)
                rates[at].append(rate(readings, sizes.n_warm, method.n_events))
                cpu[at].append(cpu_us(readings, sizes.n_warm, method.n_events))
                click.echo(
                    f"  {method.name}, {method.guarantee}: {rates[at][-1]:,.0f}/s, {cpu[at][-1]:.1f} µs", err=True
                )
    bare, segue = (max(rates[at]) for at in (0, 1))
    return [
        Row(
            m.name, m.guarantee, m.windows, m.n_events, max(r), median(r), max(r) / bare, max(r) / segue, min(cpu[at])
        )
        for (at, r), m in zip(rates.items(), found, strict=True)
    ]  # fmt: skip


def methods(target: Deployment, sizes: Sizes) -> list[Method]:
    """Return the bare loop, Segue exactly-once, and all others."""
    n, slow = sizes.n_events, min(sizes.n_slow, sizes.n_events)

    def peer(name: str, peer: Peer, windows: str, n_events: int) -> Method:
        readings = partial(peer_readings, target, peer, sizes.n_warm + n_events)
        return Method(name, peer.guarantee, windows, n_events, readings)

    found = [
        Method(BARE, "none", "none", n, lambda _: bare_readings(target, sizes.n_warm + n)),
        *(
            Method(SEGUE, guarantee, "durable", n, partial(worker_readings, target, sizes.n_warm + n, guarantee))
            for guarantee in ("exactly-once", "at-least-once")
        ),
        peer("one predict a micro-batch", Peer("predict_loop", True), "durable", n),
        peer("one predict a micro-batch", Peer("predict_loop", False), "lost", n),
        peer("numpy for each event", Peer("numpy_loop", False), "lost", slow),
    ]
    if python := make_quix_python():
        found += [
            peer("Quix Streams", Peer("quix", once, python), "durable", slow) for once in (True, False)
        ]  # fmt: skip
    return found


def peer_readings(target: Deployment, peer: Peer, until: int, number: int) -> list[Reading]:
    """Run a program in a new group, and return its readings."""
    return peer.readings(target, peer.prepare(target, peer.group(number)), until)


def known_of(purchases: Iterable[Purchase], n_training: int) -> Known:
    """Return vectors of all texts, and centroids fitted on the windows after the first `n_training` purchases."""
    events = [msgspec.json.decode(value) for _, value in purchases]
    texts = list(dict.fromkeys(event["text"] for event in events))
    encoder: Encoder = build_encoder(settings().process)
    vectors = np.ascontiguousarray(encoder.encode(texts), np.float32)
    row_of = {text: row for row, text in enumerate(texts)}
    windows: dict[str, deque[int]] = {}
    for event in events[:n_training]:
        windows.setdefault(event["user_id"], deque(maxlen=POLICY.window_items)).append(row_of[event["text"]])
    means = np.stack([vectors[list(rows)].mean(axis=0) for rows in windows.values()])
    centroids = KMeans(N_SEGMENTS, n_init=1, random_state=0).fit(means).cluster_centers_
    return Known(texts, vectors, centroids.astype(np.float32))


PART = Part(
    title="A worker beside segmenters without Segue",
    aim="Segue exactly-once at least 0.3 of the bare loop; above Quix Streams, numpy and predict with durable windows; "
    "half of predict without",
    full=Sizes(n_training=120_000, n_warm=100_000, n_events=300_000, n_slow=60_000, n_rounds=3),
    quick=Sizes(n_training=30_000, n_warm=30_000, n_events=40_000, n_slow=20_000, n_rounds=1),
    measure=measure,
)

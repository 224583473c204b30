"""The same users a month apart: purchases in two stores of the stream's clock, and planted users in any number."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tqdm import tqdm

from bench.harness.conditions import ROOT
from bench.segments.planted import Day, days
from bench.segments.scenarios import SCENARIOS
from bench.segments.themes import catalogue
from bench.stability.runs import at_ms, demo_settings
from stream.bootstrap import build_replay
from stream.core.features import registry
from stream.core.output import Sample
from stream.core.policy import Policy
from stream.core.profile import Profiles
from stream.core.segment_model import SegmentModel
from stream.demo.run import N_PARTITIONS
from stream.files.complete_journey import purchases
from stream.store.queries.models import serving_model
from stream.store.queries.samples import samples
from stream.store.replayed import ReplayedStore
from stream.store.store import open_store
from stream.training.steps.train import train
from stream.training.values.config import TrainerConfig
from stream.training.values.outputs import Served
from stream.training.values.policy import TrainingPolicy

MONTH_DAYS = 30
_ENCODER = "bench"


@dataclass(frozen=True)
class People:
    """Users with raw profiles, their segments, and the segment model that serves."""

    users: tuple[str, ...]
    profiles: Profiles
    segments: tuple[str, ...]
    model: SegmentModel


@dataclass(frozen=True)
class Months:
    """People of two reports a month apart."""

    name: str
    first: People
    second: People

    def same(self) -> tuple[Profiles, Profiles]:
        """Return the profiles of the users of both, in one order."""
        at = {user: row for row, user in enumerate(self.second.users)}
        rows = [(row, at[user]) for row, user in enumerate(self.first.users) if user in at]
        before, after = (list(each) for each in zip(*rows, strict=True))
        return self.first.profiles.rows(before), self.second.profiles.rows(after)


def demo_months(start: str, first: str, second: str) -> Months:
    """Replay the demo's purchases from `start` into two stores, which end on the two dates, and read both."""
    with TemporaryDirectory() as folder:
        paths = Path(folder) / "first.db", Path(folder) / "second.db"
        stores = [ReplayedStore(path) for path in paths]
        is_over = False

        def events() -> Iterator[tuple[bytes, bytes]]:
            nonlocal is_over
            yield from purchases(at_ms(start), at_ms(first))
            is_over = True
            yield from purchases(at_ms(first), at_ms(second))

        job = build_replay(demo_settings(str(ROOT / "models" / "demo")), N_PARTITIONS)
        for message in job.run(tqdm(events(), desc="purchases", unit=" events")):
            for store in stores[is_over:]:
                store.take(message)
        for store in stores:
            store.close()
        return Months("demo purchases", *map(_read, paths))


def _read(path: Path) -> People:
    with closing(open_store(path)) as store:
        frame, model = samples(store), serving_model(store)
    if model is None or model.encoder != frame.encoder:
        raise ValueError(f"{path} has no segment model for its profiles: replay more purchases")
    return People(frame.users, frame.profiles, frame.segments, model)


def planted_months(name: str, n_users: int, seed: int = 0) -> Months:
    """Return the users of a planted stream on a day and 30 days later, each by the newest profile."""
    scenario = replace(next(each for each in SCENARIOS if each.name == name), n_users=n_users)
    first_day = scenario.n_days - MONTH_DAYS - 1
    newest: dict[int, tuple[Day, int]] = {}
    found = []
    for day in days(scenario, seed, catalogue()):
        newest.update((user, (day, at)) for at, user in enumerate(day.users.tolist()))
        if day.day in (first_day, scenario.n_days - 1):
            found.append(dict(newest))
    model = _model([day.sample(at, _ENCODER, "") for day, at in found[0].values()], seed)
    first, second = (_people(each, model) for each in found)
    return Months(f"planted: {name}", first, second)


def _people(newest: dict[int, tuple[Day, int]], model: SegmentModel) -> People:
    users = sorted(newest)
    rows = [newest[user] for user in users]
    profiles = Profiles(
        np.stack([day.explicit[at] for day, at in rows]),
        np.stack([day.semantic[at] for day, at in rows]),
        np.array([day.mass[at] for day, at in rows], np.float32),
    )
    nearest = chain.from_iterable(
        np.square(model.scaler.transform(profiles.rows([row])) - model.centroids).sum(axis=1).argmin(keepdims=True)
        for row in range(len(users))
    )
    return People(tuple(map(str, users)), profiles, tuple(model.ids[at] for at in nearest), model)


def _model(newest: list[Sample], seed: int) -> SegmentModel:
    """Return the first segment model of these samples."""
    policy = Policy()
    training = TrainingPolicy(seed=seed, warm_up_samples=len(newest))
    features = tuple(registry(policy))
    config = TrainerConfig(training, policy.semantic_weight, policy.margin, features, _ENCODER, "bench")
    outputs = train(None, newest, config).outputs
    return next(output.model for output in outputs if isinstance(output, Served))

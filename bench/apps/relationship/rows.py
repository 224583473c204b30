"""The table: each method for each outcome, over the test households and over all of them, with intervals.

At each date, a method learns from the moments whose outcomes were over by then, of other households than it is judged
on. Four folds of buckets make this a cross-fit over all households; the first fold is the test households.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from tqdm import tqdm

from apps.methods.customers import Customers
from apps.methods.outlook_features import Columns, columns_of
from apps.methods.spending import COUNTED
from bench.apps.relationship.figures import Figures, figures
from bench.apps.relationship.journey import asked, journey, moments
from bench.apps.relationship.methods import BOOSTING, BOOSTINGS, Known, Outcomes, Score, boosted, methods
from bench.quality.estimates import N_RESAMPLES, estimate
from export.presets.completejourney import TEST_BUCKETS, bucket
from stream.core.arrays import Floats

FOLDS = (tuple(TEST_BUCKETS), (3, 4, 5), (6, 7), (8, 9))
VALIDATION = 3


@dataclass(frozen=True)
class Sizes:
    """Households by id below `n_households`, and the window of the deployments compared."""

    n_households: int
    window_items: tuple[int, ...]


FULL, QUICK = Sizes(2_501, (32, 255)), Sizes(301, (32,))


@dataclass(frozen=True)
class Row:
    """A method's figures. `auc_above` and `precision_above` are paired differences to boosting on explicit features."""

    outcome: str
    households: str
    window_items: int
    method: str
    share: str
    auc: str
    auc_above: str
    average_precision: str
    precision_above: str
    lift_at_10: str
    brier: str
    ece: str


@dataclass(frozen=True)
class Task:
    """An outcome: its name, whether it came true, how long it takes, and the column of the plain rule."""

    name: str
    outcomes: Callable[[Sequence[str], int], Outcomes]
    length_ms: int
    rule: str


def measure(sizes: Sizes) -> list[Row]:
    """Return the rows of every deployment."""
    households = None if sizes.n_households >= FULL.n_households else range(sizes.n_households)
    found: list[Row] = []
    for window_items in sizes.window_items:
        settings = {} if window_items == FULL.window_items[0] else {"window_items": str(window_items)}
        found += table(journey(settings, households).customers, window_items, moments(), asked)
    return found


def table(
    customers: Customers, window_items: int, times_ms: Sequence[int], dates: Callable[[int], Sequence[int]]
) -> Iterator[Row]:
    """Yield the rows of one deployment: outcomes of all of `times_ms`, judged at the dates for an outcome's length."""
    tasks = (
        Task("churn", customers.churned, customers.silent_ms, "days_since_purchase"),
        Task("high value", customers.valuable, customers.value_ms, "spend_long"),
    )
    columns = columns_of(next(iter(customers.profiles.values()), None))
    for task in tasks:
        judged = dates(task.length_ms)
        known = {at: _known(customers, task, at, columns) for at in {*times_ms, *judged} if _is_over(task, at, judged)}
        best = _best_boosting(known, task, judged)
        made = methods(columns, best, task.rule)
        truth = concatenated([known[date] for date in judged])
        scores = {
            name: _cross_fitted(score, known, task, judged)
            for name, score in tqdm(made.items(), task.name, unit=" methods", disable=None, leave=False)
        }
        yield from _rows(task.name, window_items, truth, scores)


def concatenated(parts: Sequence[Known]) -> Known:
    """Return the rows of several moments as one."""
    return Known(
        np.concatenate([each.rows for each in parts]),
        np.concatenate([each.outcomes for each in parts]),
        [user for each in parts for user in each.users],
        [segment for each in parts for segment in each.segments],
    )


def _is_over(task: Task, time_ms: int, judged: Sequence[int]) -> bool:
    return time_ms in judged or time_ms + task.length_ms <= max(judged)


def _known(customers: Customers, task: Task, time_ms: int, columns: Columns) -> Known:
    users = customers.active(time_ms)
    profiles = customers.profiles_at(time_ms)
    segments = [profiles[user].segment if user in profiles else "" for user in users]
    return Known(customers.rows(users, time_ms, columns), task.outcomes(users, time_ms), users, segments)


def _of_buckets(known: Known, buckets: Sequence[int], inside: bool) -> Known:
    kept = [at for at, user in enumerate(known.users) if (bucket(int(user)) in buckets) == inside]
    users, segments = [known.users[at] for at in kept], [known.segments[at] for at in kept]
    return Known(known.rows[kept], known.outcomes[kept], users, segments)


def _cross_fitted(score: Score, known: dict[int, Known], task: Task, judged: Sequence[int]) -> Floats:
    """Return a score for each row of the dates, learned from other households and from the past alone."""
    found = []
    for date in judged:
        past = concatenated([each for at, each in sorted(known.items()) if at + task.length_ms <= date])
        scores = np.empty(len(known[date].users))
        for fold in FOLDS:
            inside = np.array([bucket(int(user)) in fold for user in known[date].users])
            scores[inside] = score(_of_buckets(past, fold, False), _of_buckets(known[date], fold, True))
        found.append(scores)
    return np.concatenate(found)


def _best_boosting(known: dict[int, Known], task: Task, judged: Sequence[int]) -> str:
    """Return the name of the boosting with the best AUC on validation households, learned from training households."""

    def auc(name: str) -> float:
        at, scores, outcomes = range(len(COUNTED)), [], []
        for date in judged:
            past = concatenated([each for time_ms, each in known.items() if time_ms + task.length_ms <= date])
            asked_of = _of_buckets(known[date], (VALIDATION,), True)
            learn_from = _of_buckets(past, (*TEST_BUCKETS, VALIDATION), False)
            scores.append(boosted(at, name)(learn_from, asked_of))
            outcomes.append(asked_of.outcomes)
        rows = np.concatenate(outcomes)
        return float(figures(np.concatenate(scores), rows, np.ones((1, len(rows)))).auc[0])

    return max(BOOSTINGS, key=auc)


def _rows(outcome: str, window_items: int, truth: Known, scores: dict[str, Floats]) -> Iterator[Row]:
    is_test = np.array([bucket(int(user)) in TEST_BUCKETS for user in truth.users])
    for households, kept in (("test", is_test), ("all, cross-fitted", np.ones(len(is_test), bool))):
        outcomes = truth.outcomes[kept]
        weights = _weights([user for user, keep in zip(truth.users, kept, strict=True) if keep])
        found = {name: figures(each[kept], outcomes, weights) for name, each in scores.items()}
        plain = found[f"{BOOSTING} on explicit features"]
        share = f"{outcomes.sum():,} of {len(outcomes):,}"
        for name, each in found.items():
            texts = {field.name: _text(getattr(each, field.name)) for field in fields(Figures)}
            texts["auc_above"] = "" if each is plain else _text(each.auc - plain.auc)
            precision = each.average_precision - plain.average_precision
            texts["precision_above"] = "" if each is plain else _text(precision)
            yield Row(outcome, households, window_items, name, share, **texts)


def _weights(users: Sequence[str]) -> Floats:
    """Return 1 for all rows, then the weights of each resample of users, `(1 + N_RESAMPLES, n)`."""
    names, index = np.unique(users, return_inverse=True)
    rng = np.random.default_rng(0)
    draws = [np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names)) for _ in range(N_RESAMPLES)]
    return np.concatenate([np.ones((1, len(users))), np.stack(draws)[:, index]])


def _text(found: Floats) -> str:
    """Return a figure with its interval: the first value is the figure, the others its resamples, NaN left out."""
    each = estimate(float(found[0]), found[1:][np.isfinite(found[1:])])
    return f"{each.value:.4f} ({each.low:.4f} to {each.high:.4f})"

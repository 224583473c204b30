"""All figures of one way, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from bench.quality.estimates import Estimate
from bench.quality.probes import probe, tasks
from bench.quality.profiles import Profiles, Way, profiles
from bench.quality.purchases import purchase_precision
from bench.quality.retrieval import ranks, reciprocal_rank, share_within
from bench.quality.split import Split, unseen

LABELS = ("kids", "marital", "age3", "size1")


@dataclass(frozen=True)
class Scores:
    """`figures` by name: R@1, R@10, MRR, mAP, the LABELS, unseen_MRR."""

    dimension: int
    figures: dict[str, Estimate]


def score(way: Way, split: Split) -> Scores:
    """Some seconds, on one thread: so many small products would only make threads wait for each other."""
    with threadpool_limits(limits=1):
        found = profiles(way, split)
        figures = {**retrieval_figures(found), "mAP": purchase_precision(found, split)}
        figures |= {name: probe(found.before, task) for name, task in tasks(split).items()}
        return Scores(found.before.shape[1], {**figures, "unseen_MRR": unseen_figure(way, split)})


def retrieval_figures(found: Profiles) -> dict[str, Estimate]:
    at = ranks(found.before, found.after)
    return {"R@1": share_within(at, 1), "R@10": share_within(at, 10), "MRR": reciprocal_rank(at)}


def unseen_figure(way: Way, split: Split) -> Estimate:
    """MRR of profiles of only the texts that a training for new texts leaves out."""
    found = profiles(way, split, unseen)
    return reciprocal_rank(ranks(found.before, found.after))

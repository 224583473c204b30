"""All figures of one method, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from bench.quality.estimates import Estimate
from bench.quality.probes import probe, tasks
from bench.quality.profiles import ProfileMethod, Profiles, profiles
from bench.quality.purchases import purchase_precision
from bench.quality.retrieval import ranks, reciprocal_rank, share_within
from bench.quality.split import Split, unseen

LABELS = ("kids", "marital", "age3", "size1")


@dataclass(frozen=True)
class Scores:
    """Figures by name: R@1, R@10, MRR, mAP, the LABELS, unseen_MRR."""

    dimension: int
    figures: dict[str, Estimate]


def score(method: ProfileMethod, split: Split) -> Scores:
    """Return the scores of a method; one thread, as many small products make threads wait for each other."""
    with threadpool_limits(limits=1):
        found = profiles(method, split)
        figures = {**retrieval_figures(found), "mAP": purchase_precision(found, split)}
        figures |= {name: probe(found.before, task) for name, task in tasks(split).items()}
        return Scores(found.before.shape[1], {**figures, "unseen_MRR": unseen_figure(method, split)})


def retrieval_figures(found: Profiles) -> dict[str, Estimate]:
    """Return R@1, R@10 and MRR."""
    at = ranks(found.before, found.after)
    return {"R@1": share_within(at, 1), "R@10": share_within(at, 10), "MRR": reciprocal_rank(at)}


def unseen_figure(method: ProfileMethod, split: Split) -> Estimate:
    """Return the MRR of profiles that hold only the unseen texts."""
    found = profiles(method, split, unseen)
    return reciprocal_rank(ranks(found.before, found.after))

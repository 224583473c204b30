"""All arms by name, in the order of the table."""

from __future__ import annotations

from bench.segments.method import Competitor
from bench.segments.river_baselines import RIVER
from bench.segments.segue import Segue
from bench.segments.sklearn_baselines import MatchedRefit, MiniBatch, NightlyRefit, TrueMeans
from bench.segments.spark_baseline import SparkStreaming

COMPETITORS = (
    Competitor("Segue", lambda _, seed: Segue(seed)),  # it finds the number of groups itself
    Competitor("MiniBatchKMeans, defaults", MiniBatch),
    Competitor("nightly re-fit, true k", NightlyRefit),
    Competitor("nightly re-fit, true k, matched ids", MatchedRefit),
    Competitor("Spark streaming k-means", SparkStreaming),
    *RIVER,
    Competitor("(the true groups' means)", TrueMeans),
)

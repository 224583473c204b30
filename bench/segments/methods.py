"""All methods, in the order of the table."""

from __future__ import annotations

from bench.segments.method import Method
from bench.segments.river_baselines import RIVER
from bench.segments.segue import Segue
from bench.segments.sklearn_baselines import MatchedRefit, MiniBatch, NightlyRefit, TrueMeans
from bench.segments.spark_baseline import SparkStreaming

METHODS = (
    Method("Segue", lambda _, seed: Segue(seed)),  # estimates the number of groups
    Method("MiniBatchKMeans, defaults", MiniBatch),
    Method("nightly re-fit, true k", NightlyRefit),
    Method("nightly re-fit, true k, matched ids", MatchedRefit),
    Method("Spark streaming k-means", SparkStreaming),
    *RIVER,
    Method("(the true groups' means)", TrueMeans),
)

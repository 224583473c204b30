"""Churn and high value: the application's forecast beside what a team would do without Segue.

Read in this order:

    journey  purchases and published records to the application's own customers
    methods  the application's forecast, its parts, and plain baselines
    figures  AUC, average precision, lift and calibration, with weights
    rows     a table with intervals by bootstrap over households
"""

from bench.apps.relationship.rows import FULL, QUICK, Sizes, measure
from bench.harness.part import Part

PART: Part[Sizes] = Part(
    title="relationship",
    aim="AUC of churn and of high value above gradient boosting on explicit features, with an interval that excludes 0",
    full=FULL,
    quick=QUICK,
    measure=measure,
)

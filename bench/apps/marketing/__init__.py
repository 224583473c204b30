"""Redemptions among the best-ranked recipients of real campaigns.

Read in this order:

    journey      campaigns, recipients, redemptions, and the stream of a shop that has them
    deployments  the settings that are compared
    situations   what was known of the recipients when each campaign began
    lift         redemption rate among the chosen, with its bootstrap
    groups       whom a method may learn from, and whom it is judged on
    methods      baselines, and learned uses of segment and profile
    learning     one recipe for all that is learned
    measurement  every method on every campaign
"""

from bench.apps.marketing.measurement import Sizes, measure
from bench.harness.part import Part

PART = Part(
    title="Redemptions among the recipients chosen first",
    aim="lift at 10 % above RFM and above past redemption, the interval of the difference above 0",
    full=Sizes(n_households=0, campaigns_before="2018-01-01"),
    quick=Sizes(n_households=12, campaigns_before="2017-06-01"),
    measure=measure,
)

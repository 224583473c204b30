"""Risk: cases of fraud planted into real purchases, and how many of them an alarm finds in time.

Read in this order:

    stream     the purchases of households, of which some join late
    cases      kinds of fraud
    edits      edits of purchases
    planted    cases among the purchases
    watched    a stream replayed, and watched by the application
    features   features of the baselines
    methods    scores of all methods
    alarms     scores to alarms, and alarms to outcomes
    table      recall, delay and false alarms, with intervals
    measure    the measurement
"""

from bench.apps.risk.measure import PART

__all__ = ["PART"]

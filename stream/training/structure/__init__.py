"""Structural changes: births, splits, merges and ends of segments. In reading order.

* `fit`: segments fitted from nothing
* `detect`: structure detection
* `component_merging`: merge detection with hysteresis
* `changes`: findings, and the set of changes
* `match_ids`: the ids that clusters carry on
* `lineage`: the events that follow
"""

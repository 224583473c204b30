"""Queries of a store, functions that take it first. Values of topics are returned as the bytes that were there.

* `users`: a user's segment and changes
* `sizes`, `segments`: segments, members, sizes over time
* `flows`: users between segments, with the reasons; `net_moves`: users of two moments
* `models`: lineage, promotions, segment models
* `health`: health and warnings
* `margins`, `samples`: sampled profiles, and users who are about to move; `profiles`: published ones
* `live`: the newest changes; `positions`: how far the topics were read
"""

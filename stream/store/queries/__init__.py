"""Queries of a store, functions that take it first. Values of topics are returned as the bytes that were there.

* `users`: a user's segment and changes
* `segments`: segments, members, sizes over time
* `flows`: users between segments, with the reasons
* `models`: lineage, promotions, segment models
* `health`: health and warnings
* `samples`: profiles, and who is about to move
* `live`: the newest changes
"""

"""Segment models from samples, pure: no clock, no file, no network. In reading order.

* `values`: state, policy, commands and outputs
* `sample`: the users known to the trainer, and the trainer's event time
* `cluster`: clustering algorithms, behind one protocol
* `structure`: do users still form the same clusters?
* `describe`: descriptions of segments, and the segment model
* `rollout`: may a new model serve?
* `steps`: the way of a batch of samples, in order; start at `steps.train`
"""

"""Segment models from samples, pure: no clock, no file, no network. In reading order.

* `values`: state, policy, commands and outputs
* `sample`: the users that the trainer knows, and its event time
* `cluster`: clustering algorithms, behind one protocol
* `structure`: are these still the clusters that users form?
* `describe`: descriptions of segments, and the segment model
* `rollout`: may a new model serve?
* `steps`: what happens to a batch of samples, in order; start at `steps.train`
"""

"""The specification of the hot path: what the compiled core of `stream.core` must do, in readable Python and numpy.

It is the oracle of the property tests, and no part of production. One step is one function of values, `step`; results
do not depend on how records are cut into batches. It is written to be read, one idea a module, in this order:

`window` (the last items of a user), `features` and `profile` (a window as one vector), `labels` (predictions),
`transition` (hysteresis with margin and dwell). `evaluation` (snapshots of windows, computed together), `evidence`,
`change` and `profile_outputs` (the results for readers), `decider` (one decision). `name_hash` and `state` (users,
timers, partitions), `staged_users` (copies on write), `stored_vectors`, `timeline` (time and timers within a step),
`scheduler` (timers and decisions in order), `step` (all of it), `outcome` and `output` (its result).
"""

"""The decision, pure: no clock, no file, no network. In reading order.

Input: `event` (the contents of a record), `reasons` (why one is rejected).

A user's profile: `window` (the last items), `features` (explicit features), `text` (text normalisation), `encoder`,
`stored_vectors` (quantised vectors), `profile` (a window as one vector). Then `scaler` (the space of a segment
model).

Segments: `description` (the words for readers), `segment_model`. Then `assignment` (nearest centroids), `reserved` (ids
that are no segment), `soft_membership`, `labels` (predicted labels), `serving` (one model, or two during a rollout),
`model_difference`. With `audience`, only segments of enough users decide.

The decision: `transition` (hysteresis with margin and dwell), `decision` (pins and overrides of the operator).
Its result: `evidence`, `change`, `profile_outputs`, `output` (results as values), `sentence` (a change in words).

The hot path: `state`, `staged_users`, `timeline`, `scheduler`, `evaluation` (micro-batches), `decider`, `step` (all of
it as one function), `outcome` (its result).

Compiled: `kernel`, the C of this room. Only its loading touches files, once.

Throughout: `policy` and `setting` (settings), `arrays` (types).
"""

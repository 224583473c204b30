"""The decision, pure: no clock, no file, no network. In reading order.

Input: `event` (the contents of a record), `reasons` (why one is rejected), `records` (a batch as columns).

A user's profile: `features` (the words of explicit features), `text` (text normalisation), `encoder`, `profile` (raw
profiles as arrays). Then `scaler` (the space of a segment model).

Segments: `description` (the words for readers), `segment_model`. Then `assignment` (nearest centroids), `reserved` (ids
that are no segment), `soft_membership`, `labels` (predicted labels), `serving` (one model, or two during a rollout),
`model_difference`. With `audience`, only segments of enough users decide.

The decision: `transition` (membership, margin and dwell), `decision` (pins and overrides of the operator).
Its result: `evidence`, `change`, `output` (results as values), `sentence` (a change in words).

State: `state` (a user as a value), `symbols` (strings by number), `traits_bytes`, `user_table` (users in the kernel's
memory), `partition`. Restored users come as columns: `user_columns`, `setting_users`. `census` counts.

The hot path: `step` (all of it as one function), `outcome` (its result, staged and committed or rolled back). Into the
kernel: `batch` (with `batch_checks`, `batch_texts`, `stored_texts` and `declared`), `deciding` (policy and models). Out
of it: `output_rows`, `row_reader`, `window_reader`, `outputs`, and for observers `evaluated`. One window by itself:
`window_profile`.

Compiled: `kernel`, the C of this room. Only its loading touches files, once.

Throughout: `policy` and `setting` (settings), `arrays` (types).
"""

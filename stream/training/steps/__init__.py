"""Steps of the trainer: `train` runs `learn` (a batch), `warm_up` (the first segments) and `review`.

`carry_out` carries out the decisions of a review. `command_handlers` runs the requests of operators, `refit` and
`erasure` among them.
"""

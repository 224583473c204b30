"""Steps of the trainer: `train` runs `learn` (a batch), `warm_up` (the first segments) and `review`.

`generation` begins a new scale with new segments, fitted by `fit_generation`. `carry_out` carries out the decisions of
a review. `command_handlers` runs the requests of operators, `refit` and `erasure` among them.
"""

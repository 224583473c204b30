"""Explanations of past changes, decided again from the log by the hot path itself.

1. `explanation` with `snapshot`: an explanation as structs for JSON; `errors`: why there is none.
2. `explainer`: the protocol for programs; `build`: an explainer from the settings of a worker.
"""

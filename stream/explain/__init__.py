"""Explanations of past changes, decided again from the log by the hot path itself.

The past of a user:

* `past`: records with the partition's time, and the switches between models. `changelog`, `model_shelf` and
  `deployment_log` read it from the topics, `user_past` for one user.
* `redecide`: the hot path over a past, model by model. `trace` keeps its evaluations.
* `recompute`: one published change made again; `comparison`: is it equal; `lacks`: why not.

The explanation:

* `explanation`, `snapshot`: an explanation as structs for JSON; `errors`: why there is none.
* `views`: window, profile and distances; `changed_window`, `what_if`, `outlook`: what would change the result.
* `sentences`, `times`, `text`: in words; `unpublished`: changes that the topic does not have.
* `present`: a user now, as stored; `answer` puts all together.
* `explainer`: the class for programs; `build`: an explainer from the settings of a worker.
"""

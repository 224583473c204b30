"""The two jobs, each for any engine, with their models and records.

* `segmenter`: events to changes, with `step_outputs`: what a step yields
* `received`: records as a step takes them, with `arrival`: when they arrived
* `model_source`: where the segmenter takes its model from
* `trainer`: samples to segment models
* `training_messages`: what training yields, as records
"""

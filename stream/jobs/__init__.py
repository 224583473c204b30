"""The two jobs, each for any engine, and the trainer's records.

* `segmenter`: events to changes, with `step_outputs`: what a step yields
* `trainer`: samples to segment models
* `training_messages`: what training yields, as records
"""

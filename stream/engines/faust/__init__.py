"""The engine for teams that run Faust: the same jobs on the same topics, at least once. Needs the extra `faust`.

`app.py` makes the Faust app, `holes.py` holds all measures against Faust's faults, `carrier.py` is the loop,
`intake.py` what of each partition was read, `broker_view.py` asks the broker itself, `delivery.py` sends,
`engine.py` runs the app inside a thread of a Segue worker.

Faust fetches, keeps the group and hands over records. State and offsets are ours: a job's state is one memory, its
changelog the one that every engine writes.
"""

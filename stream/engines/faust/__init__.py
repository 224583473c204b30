"""The engine for teams that run Faust: the same jobs on the same topics, at least once. Needs the extra `faust`.

* `app`: the Faust app
* `workarounds`, `readable_records`, `connection`: every measure against a fault of Faust or aiokafka
* `runner`: the processing loop
* `partitions`: restored partitions, and where each continues
* `record_buffer`: the records read so far, in order
* `broker_probe`: facts asked from the broker
* `delivery`: sending batches
* `engine`: the app inside a thread of a Segue worker

Faust fetches, keeps the group membership and hands over records. State and offsets are Segue's: a job's state lives in
memory, and its changelog is the same for every engine.
"""

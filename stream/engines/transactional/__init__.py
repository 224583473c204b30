"""The default engine: Kafka's consumer groups and transactions, on confluent-kafka.

* `engine`: the processing loop
* `open_turn`: a turn that is being delivered
* `turn_size`: the records of a turn
* `consumer`: the settings of the group's consumer
* `assignment`: the partitions of this worker
* `delivery`: changelog, messages and offsets in one transaction
* `watchdog`: the end of a process whose client hangs
* `outbox`: the producer, and what it could not deliver
"""

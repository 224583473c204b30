"""The default engine: Kafka's own consumer groups and transactions on confluent-kafka.

`engine.py` is the loop, `ownership.py` who owns which partition, `restoring.py` the way back to a partition's state,
`delivery.py` the transaction.
"""

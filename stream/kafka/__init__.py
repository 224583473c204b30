"""Kafka clients and topics, independent of an engine. In reading order.

* `connection`: settings of every client
* `namespace`: names of a deployment on a shared cluster
* `admin`, `groups`: topics created, described and checked; consumer groups described
* `records`, `producer`: records received and sent
* `retry`: repetition of requests after transient errors
* `partition_reader`, `reader`: reading without a consumer group, for workers and for the command line
* `changelog`, `model_topic`: state and serving model, restored from their topics
* `trainer_client`: request and reply with the trainer
"""

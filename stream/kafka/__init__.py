"""Kafka clients and topics, independent of an engine. In reading order.

* `connection`: settings of every client
* `namespace`: names of a deployment on a shared cluster
* `broker_errors`, `first_contact`: errors of the client as sentences, and the first request
* `topic_faults`, `admin`: topics created, described and checked
* `placed_states`: a check that states are in their users' partitions
* `growth`, `group_members`, `table_moves`: more partitions, and the users moved to theirs
* `access`: the rights of a worker
* `records`, `producer`: records received and sent
* `retry`, `undeliverable`: errors that pass, and errors that stay
* `letter_size`: dead letters cut to what their topic takes
* `partition_reader`, `reader`: reading without a consumer group, for workers and for the command line
* `topic_look`, `topic_watch`: what the cluster says of topics, asked every few seconds
* `input_log`: whether an engine's offsets count in the log that is there
* `changelog`, `model_topic`: state and serving model, restored from their topics
* `trainer_client`: request and reply with the trainer
* `redriver`: messages of dead letters sent again
"""

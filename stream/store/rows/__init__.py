"""Records of the topics as rows. In reading order.

* `values`: the fields of a record that become columns
* `tables`: the state of one writer: numbers of segments and users, the stream's clock
* `tally`: what a batch adds to sizes, hours and reasons
* `erasures`: users who were erased, as hashes
* `kept`: users whose profiles are kept
* `changes`, `samples`, `profiles`, `users`: what belongs to a user
* `catalogue`, `events`: what belongs to segments and models
* `damaged`: records that cannot be read
* `retention`: rows that are older than a store keeps
* `renewal`: a topic that begins again
"""

"""A deployment from past events: the same jobs as a worker's, on the time of the events, with exactly-once progress.

In reading order.

* `source`: the past as records in the order of time, from a file
* `topic_source`: or from a topic
* `past`: figures of a past before it is processed
* `past_decoder`: a shift of all times, a first time, and no time after now
* `preconditions`: what must be true before anything is written
* `changelogs`: the state of an unfinished backfill
* `delivery`: one transaction a turn
* `backfill`: the run
* `restart`: the removal of an unfinished one
* `start`: its start, from the beginning or where an earlier run ended
"""

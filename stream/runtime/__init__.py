"""The seam between jobs and engines.

* `job`: the protocol of a job
* `watched`: what is known of its topics on the cluster
* `events`: an engine's life cycle
* `options`: the options of every engine
* `process`: threads and garbage collection
* `together`: several engines in one process
* `whole_file`: files that are there as a whole
"""

"""Engines, which run a job on Kafka: `transactional` and `faust`.

* `registry`: the engines by name
* `together`: several engines in one process
"""

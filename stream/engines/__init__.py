"""Engines, which run a job on Kafka: `registry` (the engines by name), `transactional` and `faust`."""

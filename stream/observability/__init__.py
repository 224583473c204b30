"""Metrics, health and log of a worker.

* `status`: the fields of the jobs that observers read
* `metrics`, `segment_metrics`: Prometheus
* `liveness`: liveness and readiness
* `http`: the endpoints of both
* `log`, `warm_up_log`, `forwarded_log`, `refused_log`: log lines
"""

"""Metrics, health and log of a worker.

* `status`: the fields of the jobs that observers read
* `metrics`, `input_metrics`, `segment_metrics`: Prometheus
* `liveness`: liveness and readiness
* `trace_metrics`, `span_queue`, `change_spans`, `traces`: OpenTelemetry's traces, with the extra `otel`
* `http`: the endpoints of both
* `log`, `findings_log`, `warm_up_log`, `late_log`, `forwarded_log`, `refused_log`, `shortage_log`: log lines
"""

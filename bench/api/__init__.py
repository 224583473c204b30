"""Dashboard and API: latency beside a running worker, and memory.

* `requests`: requests at a steady rate, each timed from the moment it was due
* `servers`: `segue serve`, and a bare Starlette route over the same store
* `reference`: the bare route
* `latency`: both of them, alone and beside a worker
* `command`: `python -m bench api`
"""

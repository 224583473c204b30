"""The store of dashboard and API: rate of records, disk, memory and restart.

* `records`: changes and users' segments as on the topics
* `apply`: records a second into a store, beside decoding them only
* `users`: a store of up to a million users
* `command`: `python -m bench store`
"""

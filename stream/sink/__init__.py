"""The audience sink: entries and exits of segments as batches to an HTTP endpoint. In reading order.

* `errors`, `policy`, `address`: values, settings, and the address of an endpoint
* `gate`: which users may be in an audience
* `message`: one entry or exit, and batches of them as bytes
* `tables`, `membership`, `due`, `letters`: the rows of a ledger, records into them, messages and dead letters
* `ledger`, `ledger_view`: the file with members now and what the endpoint was told; the same opened to read
* `setup`: everything of one sink that is set; `topic`: `user-segments` into a ledger
* `endpoint`, `delivery`: one request, and a batch with its retries
* `metrics`, `run`: the process
* `verify`: reconciliation

Every attempt has what is true by all records that were committed before it: no more, and nobody else.
"""

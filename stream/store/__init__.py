"""The store: one SQLite file with what the public topics say, for dashboard, API and report. In reading order.

* `errors`, `policy`, `freshness`: values
* `schema`, `store`: the tables, and a store opened to read
* `writer`, `follower`: topics into the tables, in one thread
* `queries`: all that a page, an answer or a report needs

Times are on the stream's clock: now is the newest decision in the store.
"""

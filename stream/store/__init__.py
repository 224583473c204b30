"""The store: one SQLite file with what the public topics say, for dashboard, API and report. In reading order.

* `errors`, `policy`: values
* `lock`, `topic_file`: a file that topics are read into, by one writer, in one transaction with the positions
* `schema`, `store`: the tables, and a store opened to read
* `freshness`: how far a store is behind
* `queries`: all that a page, an answer or a report needs
* `rows`: records of the topics as rows
* `writer`: batches of records into the store
* `replayed`: the messages of a replay into a store, without a broker
* `session`, `follower`: topics into the store, in one thread
* `places`: where files are by default

Times are on the stream's clock: now is the newest decision in the store.
"""

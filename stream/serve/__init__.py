"""One process that people look at and programs ask: dashboard and API over a store, at one address.

* `problems`: every error, as problem+json
* `identity`: users as people may see them, and cursors that do not tell an id
* `stores`: connections to the store, one for each thread
* `parts`: everything that the application is built from
* `guard`: in front of the application, for every request: host, token, rate, size and headers
* `metrics`: Prometheus metrics of requests and of the store's freshness
* `freshness_words`: freshness in words
* `api`: the API for programs; `pages`: the dashboard's pages; `live`: their live updates
* `answers`: errors, as pages for browsers and as problems for programs
* `app`: the application, put together
* `errors`: of its start
* `server`: the socket and the end; `run`: the whole process
"""

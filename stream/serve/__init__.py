"""One process that people look at and programs ask: dashboard and API over a store, at one address.

* `problems`: every error, as problem+json
* `identity`: users as people may see them, and cursors that do not tell an id
* `parts`: everything that the application is built from
* `guard`: what holds for every request, in front of the application: host, size, token, rate, headers
* `freshness_words`: freshness in words
* `api`: the API for programs; `pages`: the dashboard's pages; `live`: their live updates
* `app`: the application, put together
"""

"""The API for programs, under /api/v1. Values of topics are answered as the bytes that were there.

* `answers`: bodies with ETag and staleness
* `schemas`, `audiences`: the contents of requests and answers, for the document
* `asked`: users, segments and periods that a request asks for; `bodies`: bodies as structs
* `users`, `lookalikes`, `segments`, `flows`, `models`, `health`: the routes
* `explaining`: explanations one at a time, beside the event loop
* `explanations`: the routes of explanations
* `openapi`: the document of the API; `documentation`: the same as a page
* `router`: all routes
"""

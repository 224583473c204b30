"""A guard in front of the application, the same for pages, API and static files:

* `policy`: headers that every answer carries
* `hosts`: names that a request may give the server, against DNS rebinding
* `origins`: pages of other sites that may read answers (CORS)
* `tokens`: tokens that open the application
* `buckets`: a rate for each token or address
* `paths`: addresses whose parts may hold any character
* `bodies`: bodies no longer than a limit
* `guard`: the ASGI application that asks all of these
"""

"""The dashboard's pages, rendered on the server.

* `router`: the routes
"""

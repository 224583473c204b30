"""The API for programs, under /api/v1.

* `router`: the routes
"""

"""Live updates of the dashboard's pages.

* `router`: the routes
"""

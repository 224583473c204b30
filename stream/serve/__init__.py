"""Dashboard and lookup API in one process:

* `live`: one stream of events for all pages
"""

"""Scripts and styles of dashboard and report:

* `vendored`: scripts of others, kept as files, since no page asks another host
"""

"""The dashboard's cost for each browser: CPU of its server, bytes, and memory of a page.

Modules:

    command  the command line
    run      a server and its browsers, update by update
    server   the server in a process of its own, which tells its CPU time
    browser  a listener that behaves as a page does, and counts bytes
    page     a page in a real Chromium
"""

"""`segue demo`: everything at work on this machine, shown live.

`run.py` starts and ends the parts, `feed.py` sends purchases, `tally.py` keeps what came out, `screen.py` draws it.
"""

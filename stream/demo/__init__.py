"""`segue demo`: all parts at work on this machine, shown live.

`run` starts and ends the parts. `worker`, `applications` and `dashboard` are `processes` of their own. `feed` sends the
purchases, `tally` has the figures of the outputs, and `screen` draws them.
"""

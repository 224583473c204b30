"""`segue demo`: all parts at work on this machine, shown live.

`run` starts and ends the parts. `worker` and `dashboard` are `processes` of their own, `feed` sends the purchases, and
`tally` has the figures of the outputs. `screen` draws them.
"""

"""`segue demo`: all parts at work on this machine, shown live.

`run` starts and ends the parts: `worker` a worker process, `feed` the purchases, `tally` the figures of the outputs.
`screen` draws them.
"""

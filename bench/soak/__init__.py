"""A soak: one worker and one broker for an hour at full rate, with users who come, fall silent, return or are erased.

Modules:

    command         the command line
    churn           events of users who come and go
    run             broker, worker and sender, sampled at intervals
    sampling        one sample of processes, metrics and topics
    watched_worker  a worker that also counts its garbage collections
    trend           a straight line through a figure, with its interval
    verdict         rows of the table
"""

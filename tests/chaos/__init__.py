"""Faults under full load on three brokers, and a check of everything that was recorded meanwhile.

    proxy      a network in front of the brokers: slow, cut or silent
    load       events without end: purchases, repeats, broken ones, erasures
    sender     sends them, with every acknowledgement
    watch      the workers' committed offsets over time
    trial      cluster, network, deployment, sender and workers, with a supervisor
    faults     what is done to them
    run        faults one after another, each with its recovery time
    history    what was sent and what came out, by another client
    checker    anomalies in a history
    undisturbed what a replay makes of the stored events, or of the stored samples
    report     the table

`python -m tests.chaos` is `make chaos`.
"""

"""Measurements of speed, quality and stability; each prints tables of `bench/README.md`.

    speed      cost of an event, a user, a model and a restart
    encoder    texts to vectors, beside torch
    quality    profiles: re-identification, labels and generality, beside baselines
    segments   segment ids on planted streams, beside other clustering libraries
    meaning    segments of planted users with real texts, beside k-means on the same users
    stability  flips, delay and predictive utility on real purchases
    maps       users on maps: shift between two reports, trustworthiness, cost
    report     `segue report`: time, memory and size of the file
    store      what dashboard and API read: rate, disk, memory and restart
    soak       one worker for an hour: is anything growing?
    api        dashboard and API: latency beside a worker, memory
    harness    conditions, tables, scenario, broker and clocks that the rooms above share

`python -m bench --help` lists the commands. Only a checkout has them: the wheel has no `bench`.
"""

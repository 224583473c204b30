"""Cost of an event, a user, a segment model and a restart.

Run with `python -m bench speed --help`:

    core            events a second of the pure step, one core
    decode          time to decode a megabyte, by its shape
    messages        time to decode a batch of messages
    formats         time to decode an event, by its format
    worker          events a second of a worker process on a broker
    pinned_decoder  the decoder of the bare loop, as it was once
    peers           a worker beside segmenters without Segue
    peer            such a segmenter as a process
    peer_programs   those segmenters, each a program
    quix_python     a Python with Quix Streams, made once
    steady          a steady stream of events, and what comes out
    relay           the reference of the latency
    latency         time from an event to the change it causes
    training        cost of training, and of a promotion in a worker
    users           cost of an event by the number of users
    restart         time until a restarted worker is ready
    full_partition  a partition full of users, and turns of their events
    user_copies     many users copied from a few real ones
    command         the command line
"""

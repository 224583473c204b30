"""Segmenters that a competent user writes without Segue, each a program of its own.

All keep a window of the last items of each user, and publish a change when the nearest centroid of its mean vector is
another. Vectors of texts are known. None has explicit features, expiry, hysteresis, evidence, samples or dead letters.

    task          the input of a program: names of topics, texts with vectors, centroids
    kafka_loop    the consumer and the producer of the hand-written loops
    numpy_loop    numpy for each event, at least once
    predict_loop  one `predict` a micro-batch, with a transactional changelog or without any durable state
    quix          Quix Streams with a stateful window

The programs import no module of `stream`.
"""

"""Predicted labels: probabilities, hysteresis of the predictions, and the values that wait for their dwell.

p = softmax(profile @ weight + bias), with the calibration folded into the parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.labels import LabelHead, LabelHeads, Prediction, Predictions, PublishedLabel, PublishedLabels

MARGIN = 0.05  # of probability: calibration is no finer, so a smaller difference is noise


def label_probabilities(labels: LabelHeads, semantic: Vectors) -> Floats:
    """Return the `(E, n)` probabilities of all heads' values side by side for `semantic (E, d)`; requires a head."""
    # one small product a row, as for the profiles: a row's bits must not depend on the other rows
    scores = np.matmul(semantic[:, None, :], labels.weight)[:, 0, :].astype(np.float64) + labels.bias
    parts, start = [], 0
    for head in labels.heads:
        z = scores[:, start : start + len(head.values)]
        e = np.exp(z - z.max(axis=1, keepdims=True))
        parts.append(e / e.sum(axis=1, keepdims=True))
        start += len(head.values)
    return np.concatenate(parts, axis=1)


def predict(labels: LabelHeads, probabilities: Sequence[float], published: PublishedLabels) -> dict[str, Prediction]:
    """Return the prediction of each label from one row of `label_probabilities`, with hysteresis on `published`."""
    found, start = {}, 0
    for head in labels.heads:
        of_head = probabilities[start : start + len(head.values)]
        last = published[head.name].value if head.name in published else None
        found[head.name] = _predict(head, of_head, last)
        start += len(head.values)
    return found


def update_pending(
    predictions: Predictions, published: PublishedLabels, now_ms: int, dwell_ms: int
) -> PublishedLabels | None:
    """Return `published` with the pending values of now; None if a publication of all labels is due.

    It is due when a label is new or gone, or when another value than the published one has lasted for the dwell.
    """
    if predictions.keys() != published.keys():
        return None
    updated = {}
    for label, prediction in predictions.items():
        value, pending, since_ms = published[label]
        if prediction.value == value:
            updated[label] = PublishedLabel(value)
            continue
        if not since_ms or prediction.value != pending:
            since_ms = now_ms
        if now_ms - since_ms >= dwell_ms:
            return None
        updated[label] = PublishedLabel(value, prediction.value, since_ms)
    return updated


def publish(predictions: Predictions) -> PublishedLabels:
    """Return the labels as published now, with nothing pending."""
    return {label: PublishedLabel(prediction.value) for label, prediction in predictions.items()}


def _predict(head: LabelHead, probabilities: Sequence[float], published: str | None) -> Prediction:
    """Keep the published value until another leads by MARGIN, or it falls MARGIN below the threshold."""
    most = max(probabilities)
    if published in head.values:
        own = probabilities[head.values.index(published)]
        if own >= max(most, head.threshold) - MARGIN:
            return Prediction(published, own)
    return Prediction(head.values[probabilities.index(most)] if most >= head.threshold else None, most)

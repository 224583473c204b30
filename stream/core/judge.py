"""From evaluated rows to what is said: changes with their evidence, memberships, samples, and dwell timers.

A membership is said with every change, and again when a predicted label has had another value than was said last for
the dwell. It says all labels as they are then.
"""

from __future__ import annotations

from collections.abc import Iterator

from stream.core.decide import Sight, Verdict, decide, settle, vacate
from stream.core.evaluation import Evaluated, Row
from stream.core.evidence import weigh
from stream.core.features import Windows
from stream.core.labels import NO_LABELS, LabelHeads, Prediction, Said, predict, wait
from stream.core.output import Certainty, Change, Evidence, Membership, Output, Sample
from stream.core.policy import Policy
from stream.core.segment_model import WARMING, SegmentModel
from stream.core.state import Timer

_SAMPLE_TEXTS = 8  # newest distinct texts a sample carries for the descriptions


class Judge:
    """Decides rows in order under one segment model. None: still warming, for the first time or with another encoder;
    everyone stays where they are, but who has nothing left in the window is inactive."""

    def __init__(
        self,
        segment_model: SegmentModel | None,
        encoder: str,
        features: tuple[str, ...],
        policy: Policy,
        labels: LabelHeads = NO_LABELS,
    ) -> None:
        if segment_model and (segment_model.encoder, segment_model.features) != (encoder, features):
            raise ValueError(
                f"segment model {segment_model.version} was made with encoder {segment_model.encoder} and features "
                f"{segment_model.features}, this worker has {encoder} and {features}"
            )
        self.model, self.encoder, self.policy, self.labels = segment_model, encoder, policy, labels

    def judge(self, rows: list[Row], windows: Windows, evaluated: Evaluated) -> tuple[list[Output], list[Timer]]:
        """Outputs in order, and the dwell timers of new candidates."""
        outputs: list[Output] = []
        timers: list[Timer] = []
        for at, row in enumerate(rows):
            if row.dwell_due_ms is not None and self._dwell_due_ms(row) != row.dwell_due_ms:
                continue
            sight = evaluated.sights[at] if row.items and self.model else None
            verdict = self._verdict(row, sight)
            if verdict is not None:
                outputs.append(self._change(at, verdict, sight, row, windows, evaluated))
            elif row.user.standing.candidate is not None and row.user.standing.candidate_since_ms == row.now_ms:
                timers.append(Timer(row.now_ms + self.policy.dwell_ms, row.name, dwell=True))
            outputs += self._membership(at, row, evaluated, changed=verdict is not None)
            outputs += self._samples(at, row, evaluated)
        return outputs, timers

    def _verdict(self, row: Row, sight: Sight | None) -> Verdict | None:
        standing = row.user.standing
        if sight is None or self.model is None:
            return None if row.items else vacate(standing)
        return decide(standing, sight, len(row.items), row.now_ms, self.model, self.policy)

    def _dwell_due_ms(self, row: Row) -> int | None:
        standing = row.user.standing
        return None if standing.candidate is None else standing.candidate_since_ms + self.policy.dwell_ms

    def _samples(self, at: int, row: Row, evaluated: Evaluated) -> Iterator[Sample]:
        due = row.user.sampled_ms == 0 or row.now_ms - row.user.sampled_ms >= self.policy.sample_every_ms
        if due and len(row.items) >= self.policy.min_items:
            row.user.sampled_ms = row.now_ms
            texts = tuple(dict.fromkeys(item.text for item in reversed(row.items) if item.text))[:_SAMPLE_TEXTS]
            segment, raw = row.user.standing.segment, evaluated.raw
            segment = "" if segment == WARMING else segment
            yield Sample(row.name, row.now_ms, raw.explicit[at], raw.semantic[at], texts, self.encoder, segment)

    def _change(
        self,
        at: int,
        verdict: Verdict,
        sight: Sight | None,
        row: Row,
        windows: Windows,
        evaluated: Evaluated,
    ) -> Change:
        """Make the change and say it, with its evidence."""
        standing, policy, model = row.user.standing, self.policy, self.model
        from_segment = standing.segment
        ahead_since_ms = row.now_ms if standing.candidate is None else standing.candidate_since_ms
        settle(standing, verdict, row.now_ms)
        to_segment, evidence = standing.segment, Evidence()
        if model is not None:
            evidence = weigh(at, row.items, from_segment, to_segment, windows, evaluated, model, policy)
        return Change(
            user=row.name,
            sequence=standing.sequence,
            from_segment=from_segment,
            to_segment=to_segment,
            from_name=self._name(from_segment),
            to_name=self._name(to_segment),
            rule=verdict.rule,
            certainty=certainty(sight, from_segment, model),
            margin_required=policy.margin,
            dwell_ms=row.now_ms - ahead_since_ms,
            dwell_required_ms=policy.dwell_ms,
            evidence=evidence,
            n_items=len(row.items),
            event_time_ms=int(windows.columns["time_ms"][at, len(row.items) - 1]) if row.items else None,
            decision_time_ms=row.now_ms,
            model_version=model.version if model else 0,
            encoder=self.encoder,
            quality="full" if any(item.text for item in row.items) else "explicit-only",
        )

    def _membership(self, at: int, row: Row, evaluated: Evaluated, changed: bool) -> Iterator[Membership]:
        """Where the person is now, if that or the value of a predicted label is news of somebody already known."""
        user, standing = row.user, row.user.standing
        if not standing.sequence or (row.items and self.model is None):
            return
        predicted: dict[str, Prediction] = {}
        if self.labels.heads and row.items and evaluated.raw.semantic[at].any():  # texts may say nothing
            predicted = predict(self.labels, evaluated.labels[at], user.labels)
        waiting = None if changed else wait(predicted, user.labels, row.now_ms, self.policy.dwell_ms)
        if waiting is not None:
            user.labels = waiting
        else:
            user.labels = {label: Said(prediction.value) for label, prediction in predicted.items()}
            yield Membership(
                row.name, standing.segment, self._name(standing.segment), standing.since_ms, standing.sequence,
                self.model.version if self.model else 0, self.encoder, user.traits or None, predicted or None,
                self.labels.version,
            )  # fmt: skip

    def _name(self, segment: str) -> str:
        return self.model.name_of(segment) if self.model else segment


def certainty(sight: Sight | None, from_segment: str, model: SegmentModel | None) -> Certainty | None:
    """The distances behind a decision; None for an empty window."""
    if sight is None or model is None:
        return None
    runner_up_distance = sight.distances[sight.runner_up]
    return Certainty(
        nearest=model.ids[sight.nearest],
        distance=sight.distance,
        threshold=float(model.thresholds[sight.nearest]),
        runner_up=model.ids[sight.runner_up],
        runner_up_distance=runner_up_distance,
        margin=1 - sight.distance / runner_up_distance if runner_up_distance > 0 else 0.0,
        from_distance=sight.distances[model.ids.index(from_segment)] if from_segment in model.ids else None,
    )

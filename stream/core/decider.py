"""From evaluated rows to what is said: changes with their evidence, memberships, samples, and dwell timers.

A membership is said with every change, and again when a predicted label has had another value than was said last for
the dwell. It says all labels as they are then.
"""

from __future__ import annotations

from collections.abc import Iterator

from stream.core.decision.pins import force_rules, forced
from stream.core.decision.transition import (
    Hysteresis,
    Sight,
    Verdict,
    decide,
    dwell_due_ms,
    force,
    release,
    required,
    settle,
    vacate,
)
from stream.core.evaluation import Evaluated, Row
from stream.core.evidence import weigh
from stream.core.features import Windows
from stream.core.labels import NO_LABELS, LabelHeads, Prediction, Said, predict, wait
from stream.core.output import Certainty, Change, Evidence, Membership, Output, Sample
from stream.core.policy import Policy
from stream.core.reserved import WARMING
from stream.core.segment_model import SegmentModel
from stream.core.soft_membership import mixture
from stream.core.state import Timer, UserState

_SAMPLE_TEXTS = 8  # newest distinct texts a sample carries for the descriptions


class Judge:
    """Decides rows in order, each under the segment model that saw it. Where none did, still warming for the first time
    or with another encoder, everyone stays where they are, but who has nothing left in the window is inactive, and who
    declared what forces a segment is there."""

    def __init__(self, encoder: str, policy: Policy, labels: LabelHeads = NO_LABELS) -> None:
        self.encoder, self.policy, self.labels = encoder, policy, labels
        self.rules = force_rules(policy.force)

    def is_news(self, user: UserState) -> bool:
        """Whether what the person declared may change where they are."""
        rule = forced(user.traits, self.rules)
        return rule.segment != user.standing.segment if rule else bool(user.standing.forced_by)

    def judge(self, rows: list[Row], windows: Windows, evaluated: Evaluated) -> tuple[list[Output], list[Timer]]:
        """Outputs in order, and the dwell timers of new candidates."""
        outputs: list[Output] = []
        timers: list[Timer] = []
        for at, row in enumerate(rows):
            standing = row.user.standing
            if row.dwell_due_ms is not None and dwell_due_ms(standing, self.policy) != row.dwell_due_ms:
                continue
            model = evaluated.models[at] if evaluated.models else None
            sight = evaluated.sights[at] if row.items and model else None
            verdict = self._verdict(row, sight, model)
            if verdict is not None:
                outputs.append(self._change(at, verdict, row, sight, model, windows, evaluated))
            elif standing.candidate is not None and standing.candidate_since_ms == row.now_ms:
                due_ms = row.now_ms + required(self.policy, standing.segment, standing.candidate).dwell_ms
                timers.append(Timer(due_ms, row.name, dwell=True))
            outputs += self._membership(at, row, sight, model, evaluated, changed=verdict is not None)
            outputs += self._samples(at, row, evaluated)
        return outputs, timers

    def _verdict(self, row: Row, sight: Sight | None, model: SegmentModel | None) -> Verdict | None:
        standing, n_items = row.user.standing, len(row.items)
        if self.rules and (rule := forced(row.user.traits, self.rules)):
            return force(standing, rule)
        if standing.forced_by:
            return release(standing, sight, n_items, model, self.policy)
        if sight is None or model is None:
            return None if row.items else vacate(standing)
        return decide(standing, sight, n_items, row.now_ms, model, self.policy)

    def _samples(self, at: int, row: Row, evaluated: Evaluated) -> Iterator[Sample]:
        user = row.user
        due = user.sampled_ms == 0 or row.now_ms - user.sampled_ms >= self.policy.sample_every_ms
        if due and len(row.items) >= self.policy.min_items and not user.standing.forced_by:
            user.sampled_ms = row.now_ms
            texts = tuple(dict.fromkeys(item.text for item in reversed(row.items) if item.text))[:_SAMPLE_TEXTS]
            segment, raw = user.standing.segment, evaluated.raw
            segment = "" if segment == WARMING else segment
            yield Sample(row.name, row.now_ms, raw.explicit[at], raw.semantic[at], texts, self.encoder, segment)

    def _change(
        self,
        at: int,
        verdict: Verdict,
        row: Row,
        sight: Sight | None,
        model: SegmentModel | None,
        windows: Windows,
        evaluated: Evaluated,
    ) -> Change:
        """Make the change and say it, with its evidence."""
        standing, policy = row.user.standing, self.policy
        from_segment, to_segment, evidence = standing.segment, verdict.to_segment, Evidence()
        ahead_since_ms = row.now_ms if standing.candidate is None else standing.candidate_since_ms
        by_trait = verdict.rule in ("forced", "released")
        need = Hysteresis(0.0, 0) if by_trait else required(policy, from_segment, to_segment)
        settle(standing, verdict, row.now_ms)
        if model is not None and not standing.forced_by:
            evidence = weigh(at, row.items, from_segment, to_segment, windows, evaluated, model, policy)
        return Change(
            user=row.name,
            sequence=standing.sequence,
            from_segment=from_segment,
            to_segment=to_segment,
            from_name=_name(from_segment, model),
            to_name=_name(to_segment, model),
            rule=verdict.rule,
            certainty=None if standing.forced_by else certainty(sight, from_segment, model),
            margin_required=need.margin,
            dwell_ms=row.now_ms - ahead_since_ms,
            dwell_required_ms=need.dwell_ms,
            evidence=evidence,
            n_items=len(row.items),
            event_time_ms=int(windows.columns["time_ms"][at, len(row.items) - 1]) if row.items else None,
            decision_time_ms=row.now_ms,
            model_version=model.version if model else 0,
            encoder=self.encoder,
            quality="full" if any(item.text for item in row.items) else "explicit-only",
            forced_by=standing.forced_by,
        )

    def _membership(
        self, at: int, row: Row, sight: Sight | None, model: SegmentModel | None, evaluated: Evaluated, changed: bool
    ) -> Iterator[Membership]:
        """Where the person is now, if that or the value of a predicted label is news of somebody already known."""
        user, standing = row.user, row.user.standing
        if not changed and (not standing.sequence or (row.items and model is None)):
            return
        predicted: dict[str, Prediction] = {}
        if evaluated.labels and row.items and evaluated.raw.semantic[at].any():  # texts may say nothing
            predicted = predict(self.labels, evaluated.labels[at], user.labels)
        waiting = None if changed else wait(predicted, user.labels, row.now_ms, self.policy.dwell_ms)
        if waiting is not None:
            user.labels = waiting
        else:
            user.labels = {label: Said(prediction.value) for label, prediction in predicted.items()}
            yield Membership(
                row.name,
                standing.segment,
                _name(standing.segment, model),
                standing.since_ms,
                standing.sequence,
                model.version if model else 0,
                self.encoder,
                user.traits or None,
                predicted or None,
                self.labels.version,
                mixture(sight, model) if sight and model else (),
            )


def _name(segment: str, model: SegmentModel | None) -> str:
    return model.name_of(segment) if model else segment


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

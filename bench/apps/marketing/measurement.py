"""Every method on every judged campaign: all households by cross-fitting, and test households alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tqdm import tqdm

from bench.apps.marketing.deployments import DEFAULTS, WITH_COUPONS, Deployment
from bench.apps.marketing.groups import Scores, groups, rates_of_all, rates_of_test
from bench.apps.marketing.journey import events, recipients, sendings
from bench.apps.marketing.learning import scores_of
from bench.apps.marketing.lift import Rates
from bench.apps.marketing.methods import plain, published
from bench.apps.marketing.situations import Journey, Situation
from bench.quality.estimates import Estimate
from stream.files.complete_journey import START_MS
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.shipped import encoder_folder

RFM, PAST = "RFM, learned", "past redemption"  # the baselines of the aim
COUNTS = "RFM, past redemption, coupon use, learned"  # the most that a shop knows without Segue
APPLICATION = "the application"


@dataclass(frozen=True)
class Sizes:
    """Households, those with the most redemptions first (0: all), and the campaigns that begin before a date."""

    n_households: int
    campaigns_before: str


@dataclass(frozen=True)
class Row:
    """A method: rates and lifts of all households, cross-fitted, then of the test households alone."""

    method: str
    segue: str
    rate_at_10: str
    lift_at_10: str
    lift_at_20: str
    over_rfm: str
    over_past: str
    over_counts: str
    test_lift: str
    test_over_rfm: str
    test_over_past: str


@dataclass(frozen=True)
class Judged:
    """A method with its rates."""

    method: str
    segue: str
    at_10: Rates
    at_20: Rates
    test: Rates

    @classmethod
    def of(cls, method: str, segue: str, scores: Scores, judged: Sequence[Situation]) -> Judged:
        """Compute the rates at 10 % and 20 %."""
        at_10, at_20 = (rates_of_all(judged, scores, share) for share in (0.1, 0.2))
        return cls(method, segue, at_10, at_20, rates_of_test(judged, scores, 0.1))

    def row(self, rfm: Judged, past: Judged, counts: Judged) -> Row:
        """Return the figures beside the baselines."""
        return Row(
            method=self.method,
            segue=self.segue,
            rate_at_10=_text(self.at_10.rate, 3),
            lift_at_10=_text(self.at_10.lift, 2),
            lift_at_20=_text(self.at_20.lift, 2),
            over_rfm=_text(self.at_10.lead(rfm.at_10), 2),
            over_past=_text(self.at_10.lead(past.at_10), 2),
            over_counts=_text(self.at_10.lead(counts.at_10), 2),
            test_lift=_text(self.test.lift, 2),
            test_over_rfm=_text(self.test.lead(rfm.test), 2),
            test_over_past=_text(self.test.lead(past.test), 2),
        )


def measure(sizes: Sizes) -> list[Row]:
    """Return a row for each method: those without Segue first, then those of each deployment."""
    households = recipients()[: sizes.n_households] if sizes.n_households else None
    found = [
        Judged.of(name, segue, scores, judged)
        for deployment in (DEFAULTS, WITH_COUPONS)
        for name, segue, scores, judged in _scored(deployment, households, sizes.campaigns_before)
    ]
    of = {each.method: each for each in reversed(found)}
    return [each.row(of[RFM], of[PAST], of[COUNTS]) for each in found]


def _scored(
    deployment: Deployment, households: list[int] | None, before: str
) -> Iterator[tuple[str, str, Scores, Sequence[Situation]]]:
    """Yield each method, the deployment that it needs, its scores, and the campaigns it is judged on."""
    situations = _situations(deployment, households, before)
    judged = [at for at in situations if at.chosen]
    methods = [(each, "") for each in plain()] if deployment is DEFAULTS else []
    methods += [(each, deployment.words) for each in published(situations)]
    for method, segue in tqdm(methods, "methods", leave=False, disable=None):
        yield method.name, segue, scores_of(method, situations), judged
    yield APPLICATION, deployment.words, {name: [at.chosen[name] for at in judged] for name in groups()}, judged


def _situations(deployment: Deployment, households: list[int] | None, before: str) -> list[Situation]:
    sent = sendings(before, households)
    moments = deployment.published([each.start_ms for each in sent], households)
    journey = Journey(sent, OnnxEncoder(encoder_folder("default")))
    stream = events(START_MS, sent[-1].start_ms, recipients() if households is None else households)
    return list(journey.situations(moments, stream, groups()))


def _text(of: Estimate, digits: int) -> str:
    return f"{of.value:.{digits}f} ({of.low:.{digits}f} to {of.high:.{digits}f})"

"""The explainer: explanations of one user's changes, and a comparison of many changes at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from stream.core.features import registry
from stream.core.segment_model import SegmentModel
from stream.explain.answer import answer
from stream.explain.comparison import published_form
from stream.explain.deployment_log import DeploymentLog
from stream.explain.explanation import Basis, Explanation
from stream.explain.model_shelf import ModelShelf
from stream.explain.recompute import recompute
from stream.explain.redecide import Rules, redecide
from stream.explain.user_past import read_user_past
from stream.wire.changes import SegmentChange
from stream.wire.placement import partition_of


class Compared(NamedTuple):
    """A published change, whether it was decided again equal in every field, and on which basis."""

    change: SegmentChange
    equal: bool
    basis: Basis


class Explainer:
    """An explainer of users' changes. It is used from one thread; positions in the log are kept between questions."""

    def __init__(self, log: DeploymentLog, rules: Rules, fixed: SegmentModel | None = None) -> None:
        self._log, self._rules, self._is_fixed = log, rules, fixed is not None
        self._shelf = ModelShelf(rules.encoder.version, tuple(registry(rules.policy)), fixed)

    def explain(self, user: str, sequence: int | None = None) -> Explanation:
        """Return the explanation of a change; without `sequence`, of the last one, with the user's present state.

        Raise ExplainError if there is nothing to explain, BrokerError and TopicsError if the log cannot be read.
        """
        self._read_models()
        return answer(read_user_past(self._log, user, self._rules.policy.consent), sequence, self._shelf, self._rules)

    def compare(self, users: Collection[str]) -> Iterator[Compared]:
        """Yield every published change of users, compared with the one decided again; one pass for each partition."""
        self._read_models()
        n_partitions, by_partition = self._log.n_partitions(), defaultdict[int, list[str]](list)
        for user in users:
            by_partition[partition_of(user.encode(), n_partitions)].append(user)
        for partition, of_partition in sorted(by_partition.items()):
            yield from self._compare(partition, of_partition, n_partitions)

    def _compare(self, partition: int, users: Collection[str], n_partitions: int) -> Iterator[Compared]:
        past = self._log.past(partition, users, n_partitions).past
        again = {_key(each): each for each in map(published_form, redecide(past, self._shelf.serving, self._rules))}
        for user, published in self._log.changes(users, partition).items():
            for change in published:
                if again.get(_key(change)) == change:
                    yield Compared(change, equal=True, basis=Basis.LOG)
                else:
                    found = recompute(past.of(user), published, change, self._shelf.serving, self._rules)
                    yield Compared(change, found.equal, found.basis)

    def _read_models(self) -> None:
        if not self._is_fixed:
            self._log.read_models(self._shelf)


def _key(change: SegmentChange) -> tuple[str, int, int]:
    return change.user, change.sequence, change.decision_time_ms

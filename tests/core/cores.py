"""Both cores behind one face: the specification, and the compiled core of production."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from stream.core.encoder import Encoder
from stream.core.event import Event, Record
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.output import PackedSample
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.records import Records
from stream.core.reserved import PENDING
from stream.core.serving import Serving, ServingVersions
from stream.core.state import StoredItem, UserState
from stream.core.step import step
from stream.wire.samples import read_sample
from tests.specification import state as specified
from tests.specification.features import kind_code
from tests.specification.output import Output
from tests.specification.step import step as specified_step
from tests.specification.transition import without_candidate
from tests.specification.window import StoredVector, Window, columns_dtype


class Taken(Protocol):
    """A step that was taken; `merge_into` makes it the partition's."""

    @property
    def outputs(self) -> list[Output]:
        """The outputs, in order."""
        ...

    @property
    def counts(self) -> Counter[str]:
        """Records by what became of them."""
        ...

    @property
    def now_ms(self) -> int:
        """The time after the step."""
        ...

    @property
    def offset(self) -> int:
        """The last offset."""
        ...

    @property
    def serving(self) -> ServingVersions:
        """The serving model."""
        ...

    @property
    def switch(self) -> Any:
        """The new serving model, if it is new."""
        ...

    @property
    def newest_late_ms(self) -> int:
        """The time of the newest event that was too late."""
        ...


class Partition(Protocol):
    """What both partitions have in common."""

    now_ms: int
    offset: int
    serving: ServingVersions

    def next_due_ms(self) -> int | None:
        """Return the due time of the earliest timer."""
        ...


class Core(Protocol):
    """A core with one partition, as a worker with one encoder and fixed settings has it."""

    policy: Policy
    encoder: Encoder
    labels: LabelHeads

    def __init__(self, policy: Policy, encoder: Encoder, labels: LabelHeads = NO_LABELS) -> None: ...

    @property
    def partition(self) -> Partition:
        """The partition."""
        ...

    def take(
        self, records: Sequence[Record], serving: Serving | None, until_ms: int = 0, evaluated: Iterable[str] = ()
    ) -> Taken:
        """Return a step that is not merged."""
        ...

    def merge(self, taken: Taken) -> None:
        """Merge a step."""
        ...

    def users(self) -> dict[str, UserState]:
        """Return the state of every user, by name in order."""
        ...

    def put(self, user: str, state: UserState) -> None:
        """Set the state of a user as a whole."""
        ...

    def pending(self) -> list[str]:
        """Return the users with items and without a result, in order."""
        ...


class SpecificationCore:
    """A core made of the specification."""

    def __init__(self, policy: Policy, encoder: Encoder, labels: LabelHeads = NO_LABELS) -> None:
        self.policy, self.encoder, self.labels = policy, encoder, labels
        self.partition = specified.PartitionState()
        self._encoders: dict[str, str] = {}  # of the items of users who need a new encoding

    def take(
        self, records: Sequence[Record], serving: Serving | None, until_ms: int = 0, evaluated: Iterable[str] = ()
    ) -> Taken:
        """As the protocol has it."""
        given = (list(records), self.partition, serving, self.encoder, self.policy, until_ms, self.labels)
        return specified_step(*given, evaluated)

    def merge(self, taken: Any) -> None:
        """As the protocol has it."""
        taken.merge_into(self.partition)

    def users(self) -> dict[str, UserState]:
        """As the protocol has it."""
        return {name: self._value(name, user) for name, user in sorted(self.partition.users.items())}

    def put(self, user: str, state: UserState) -> None:
        """As the protocol has it."""
        held = specified.UserState(self._window(state))
        held.membership, held.traits, held.labels = state.membership, state.traits, state.labels
        held.n_events, held.sampled_ms, held.offset = state.n_events, state.sampled_ms, state.offset
        held.traceparent = state.traceparent
        if needs_reencoding(state, self.encoder.version):
            self.partition.needs_reencoding.add(user)
            self._encoders[user] = next(i.encoder for i in state.items if i.encoder != self.encoder.version)
        self.partition.put(user, held, self.policy)

    def pending(self) -> list[str]:
        """As the protocol has it."""
        users = self.partition.users.items()
        waiting = {n for n, user in users if len(user.window) and user.membership.segment == PENDING}
        return sorted(waiting - self.partition.needs_reencoding)

    def _value(self, name: str, user: specified.UserState) -> UserState:
        rows = user.window.columns[: len(user.window)]
        is_stale = name in self.partition.needs_reencoding
        encoder = self._encoders[name] if is_stale else self.encoder.version
        items = (
            StoredItem(
                item.id,
                item.kind,
                item.text,
                int(row["time_ms"]),
                float(row["amount"]),
                float(row["scale"]),
                b"" if is_stale else row["vector"].tobytes(),
                int(row["slot"]),
                encoder,
            )
            for row, item in zip(rows, user.window.items, strict=True)
        )
        counted = (user.n_events, user.sampled_ms, user.offset, user.traceparent)
        return UserState(tuple(items), user.membership, dict(user.traits), dict(user.labels), *counted)

    def _window(self, state: UserState) -> Window:
        """Return the newest items as a window; they have no vectors if one item has another encoder's."""
        n_max = self.policy.window_items
        window = Window(n_max, columns_dtype(self.encoder.dimension))
        nothing: StoredVector = (np.zeros(self.encoder.dimension, np.int8), 0.0)
        is_stale = needs_reencoding(state, self.encoder.version)
        for item in state.items[-n_max:]:
            event = Event("", item.id, item.kind, item.time_ms, item.text, item.amount)
            vector, scale = nothing if is_stale else (np.frombuffer(item.vector, np.int8), item.scale)
            window.restore(item.slot, event, kind_code(self.policy, item.kind), vector, scale)
        return window


class CompiledCore:
    """The core of production."""

    def __init__(self, policy: Policy, encoder: Encoder, labels: LabelHeads = NO_LABELS) -> None:
        self.policy, self.encoder, self.labels = policy, encoder, labels
        self.partition = PartitionState(policy, encoder.dimension, encoder.version)

    def take(
        self, records: Sequence[Record], serving: Serving | None, until_ms: int = 0, evaluated: Iterable[str] = ()
    ) -> Any:
        """As the protocol has it: a `Step`, with its samples read."""
        columns, partition = Records.of(records), self.partition
        done = step(columns, partition, serving, self.encoder, self.policy, until_ms, self.labels, evaluated)
        outputs: list[Any] = [
            read_sample(each.value) if isinstance(each, PackedSample) else each for each in done.outputs
        ]
        done.outputs[:] = outputs
        return done

    def merge(self, taken: Any) -> None:
        """As the protocol has it."""
        taken.merge_into(self.partition)

    def users(self) -> dict[str, UserState]:
        """As the protocol has it."""
        return {name: _plain(state) for name, state in sorted(self.partition.users())}

    def put(self, user: str, state: UserState) -> None:
        """As the protocol has it."""
        self.partition.put(user, replace(state, items=state.items[-self.policy.window_items :]))

    def pending(self) -> list[str]:
        """As the protocol has it."""
        return self.partition.pending()


def _plain(state: UserState) -> UserState:
    return replace(state, traits=dict(state.traits), labels=dict(state.labels))


def needs_reencoding(state: UserState, encoder: str) -> bool:
    """Return True if an item has a vector of another encoder."""
    return any(item.encoder != encoder for item in state.items)


def restarted(
    core: Core, policy: Policy | None = None, encoder: Encoder | None = None, labels: LabelHeads | None = None
) -> Core:
    """Return a core with the same partition, as another worker restores it."""
    other = type(core)(policy or core.policy, encoder or core.encoder, core.labels if labels is None else labels)
    before, after = core.partition, other.partition
    after.now_ms, after.offset, after.serving = before.now_ms, before.offset, before.serving
    for name, user in core.users().items():
        other.put(name, restored(user, other.encoder))
    return other


def restored(state: UserState, encoder: Encoder) -> UserState:
    """Return the state as a restore leaves it: vectors, a dwell and a sample of another encoder mean nothing."""
    if not needs_reencoding(state, encoder.version):
        return state
    items = tuple(replace(item, vector=bytes(encoder.dimension), scale=0.0) for item in state.items)
    return replace(state, items=items, membership=without_candidate(state.membership), sampled_ms=0)


CoreType = type[Core]

PRODUCTION: CoreType = CompiledCore
CORES: dict[str, CoreType] = {"specification": SpecificationCore, "compiled": CompiledCore}

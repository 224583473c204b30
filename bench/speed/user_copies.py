"""Many users from few: states of real purchases copied under new user ids, so that memory and bytes are real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from stream.core.window import Item, Window

from bench.harness.scenario import KIND, POLICY
from stream.core.event import Event
from stream.core.features import kind_code
from stream.core.outcome import Step
from stream.core.reserved import INACTIVE, PENDING
from stream.core.state import PartitionState, UserState

N_ITEMS = 8


@dataclass(frozen=True)
class Template:
    """A user with a full window of `N_ITEMS` items, item i in slot i."""

    user: UserState
    vectors: dict[str, NDArray[np.float32]]  # of its texts


def templates(partition: PartitionState) -> list[Template]:
    """Return the users of the partition with enough items and a segment, each with its newest items only."""
    settled = (user for user in partition.users.values() if user.membership.segment not in (PENDING, INACTIVE))
    return [_template(user) for user in settled if len(user.window) >= N_ITEMS]


def clone(template: Template, user_id: str) -> UserState:
    """Return the same user under another id. Item ids are new too, as real ones would be."""
    user = template.user.copy()
    user.window.items = [Item(f"{user_id}-{at}", KIND, item.text) for at, item in enumerate(user.window.items)]
    return user


def clones(templates: Sequence[Template], user_ids: Sequence[str]) -> Iterator[tuple[str, UserState]]:
    """Yield a user id and a state for each id."""
    for at, user_id in enumerate(user_ids):
        yield user_id, clone(templates[at % len(templates)], user_id)


def step_of(users: dict[str, UserState], at: PartitionState) -> Step:
    """Return a step with changes to exactly these users, as the source of all state records."""
    for user in users.values():
        user.window.dirty = set(range(N_ITEMS))
    return Step(users, {}, [], Counter(), [], at.now_ms, at.offset, at.serving, None)


def _template(whole: UserState) -> Template:
    first, n = len(whole.window) - N_ITEMS, len(whole.window)
    columns = whole.window.columns[first:n]
    user = whole.copy()
    user.window = Window(N_ITEMS, columns.dtype)
    user.traits = {}  # the shared empty mapping goes to no other process
    for slot, (row, item) in enumerate(zip(columns, whole.window.items[first:n], strict=True)):
        event = Event("", item.id, item.kind, int(row["time_ms"]), item.text, float(row["amount"]))
        user.window.restore(slot, event, kind_code(POLICY, item.kind), row["vector"], float(row["scale"]))
    vectors = columns["vector"] * columns["scale"][:, None]
    return Template(user, dict(zip((item.text for item in whole.window.items[first:n]), vectors, strict=True)))

"""Forgetting a person who asked for it: in the pool, and among the members that kept models name."""

from __future__ import annotations

from dataclasses import replace

from stream.core.segment_model import Description, SegmentModel
from stream.training.describe.model_builder import hash_member_id
from stream.training.values.outputs import Output, Published, Served
from stream.training.values.reservoir import without
from stream.training.values.state import Memory


def erase(memory: Memory, user: str, salt: str) -> tuple[Memory, tuple[Output, ...]]:
    """The memory without the person, and what is said again because it named them. `salt` is that of members' hashes.

    A model that named them is made again under its version: what it decides is the same, so nobody moves.
    """
    names = frozenset(
        (user, hash_member_id(user, salt))
    )  # the policy says which is shown, and may have said another before
    changed = {version: _unnamed(model, names) for version, model in memory.models.items() if _is_named(model, names)}
    outputs: list[Output] = [Published(model) for model in changed.values()]
    if memory.state is not None and memory.state.serving in changed:
        outputs.append(Served(changed[memory.state.serving], None))
    return replace(
        memory,
        reservoir=without(memory.reservoir, user),
        home_segments=without(memory.home_segments, user),
        models={**memory.models, **changed} if changed else memory.models,
    ), tuple(outputs)


def _is_named(model: SegmentModel, names: frozenset[str]) -> bool:
    return any(not names.isdisjoint((*d.typical, *d.boundary)) for d in model.descriptions)


def _unnamed(model: SegmentModel, names: frozenset[str]) -> SegmentModel:
    return replace(model, descriptions=tuple(_without(d, names) for d in model.descriptions))


def _without(described: Description, names: frozenset[str]) -> Description:
    return replace(
        described,
        typical=tuple(member for member in described.typical if member not in names),
        boundary=tuple(member for member in described.boundary if member not in names),
    )

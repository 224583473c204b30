"""Erasure of a user at the user's request: from the reservoir, and from the members named by kept models."""

from __future__ import annotations

from dataclasses import replace

from stream.core.description import Description
from stream.core.segment_model import SegmentModel
from stream.training.describe.member_hash import hash_member_id
from stream.training.values.outputs import Output, Published, Served, Step
from stream.training.values.reservoir import without
from stream.training.values.state import TrainerState


def erase(state: TrainerState, user: str, salt: str) -> Step:
    """Return the state without the user, and the models that named the user, to publish again. `salt` is for member
    hashes.

    Such a model is published under the same version. Decisions stay the same, so no user moves.
    """
    registry = state.registry
    # the policy may have published ids before and hashes now, or the reverse
    names = frozenset((user, hash_member_id(user, salt)))
    changed = {
        version: _without_names(model, names) for version, model in registry.models.items() if _is_named(model, names)
    }
    outputs: list[Output] = [Published(model) for model in changed.values()]
    if registry.serving in changed:
        outputs.append(Served(changed[registry.serving], None))
    users = replace(
        state.users,
        reservoir=without(state.users.reservoir, user),
        home_segments=without(state.users.home_segments, user),
    )
    if changed:
        registry = replace(registry, models={**registry.models, **changed})
    return replace(state, users=users, registry=registry), tuple(outputs)


def _is_named(model: SegmentModel, names: frozenset[str]) -> bool:
    return any(not names.isdisjoint((*d.typical, *d.boundary)) for d in model.descriptions)


def _without_names(model: SegmentModel, names: frozenset[str]) -> SegmentModel:
    return replace(model, descriptions=tuple(_without(d, names) for d in model.descriptions))


def _without(described: Description, names: frozenset[str]) -> Description:
    return replace(
        described,
        typical=tuple(member for member in described.typical if member not in names),
        boundary=tuple(member for member in described.boundary if member not in names),
    )

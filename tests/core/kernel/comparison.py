"""Comparison of the results of both cores: equal but for floats, which agree within a bound.

The compiled core adds in another order, and has its own exponential, logarithm and sine. Numbers of the explicit half
are in double precision, those of the texts and all distances in single precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import isclose
from typing import Any

import numpy as np

from stream.core.output import (
    Certainty,
    Change,
    Evidence,
    Membership,
    MovingFeature,
    MovingItems,
    Profile,
    Sample,
    SoftMembership,
)
from stream.core.state import UserState
from tests.core.cores import needs_reencoding
from tests.core.kernel.taking import Taken
from tests.specification.output import Output

EXPLICIT, SINGLE, SHARE, HALF = 1e-9, 1e-5, 2e-4, 2e-3  # bounds: relative above 1, absolute below


def differences(one: Sequence[Taken], other: Sequence[Taken], encoders: Sequence[str]) -> list[str]:
    """Return the first differences of two results, in words; empty if they agree."""
    found = [f"{len(one)} stages, {len(other)}"] if len(one) != len(other) else []
    for at, (a, b, encoder) in enumerate(zip(one, other, encoders, strict=False)):
        found += [f"stage {at}: {each}" for each in _of_stage(a, b, encoder)]
        if found:
            break
    return found


def _of_stage(a: Taken, b: Taken, encoder: str) -> Iterable[str]:
    for number, (output, other) in enumerate(zip(a.outputs, b.outputs, strict=False)):
        if not same_output(output, other):
            yield f"output {number}: {output}\n  {other}"
            return
    if len(a.outputs) != len(b.outputs):
        yield f"{len(a.outputs)} outputs, {len(b.outputs)}"
    for name in ("counts", "switch", "newest_late_ms", "position", "is_next_due", "pending"):
        if getattr(a, name) != getattr(b, name):
            yield f"{name}: {getattr(a, name)}, {getattr(b, name)}"
    if a.users.keys() != b.users.keys():
        yield f"users: {list(a.users)}, {list(b.users)}"
    for name in a.users.keys() & b.users.keys():
        states = [comparable(each.users[name], encoder) for each in (a, b)]
        if states[0] != states[1]:
            yield f"user {name}: {states[0]}\n  {states[1]}"


def comparable(state: UserState, encoder: str) -> UserState:
    """Return the state without the vectors of another encoder, which no core has to keep."""
    if not needs_reencoding(state, encoder):
        return state
    return replace(state, items=tuple(replace(i, vector=b"", scale=0.0, encoder="another") for i in state.items))


def same_output(a: Output, b: Output) -> bool:
    """Return True if two outputs are equal within the bounds of their floats."""
    if type(a) is not type(b):
        return False
    compare: Callable[[Any, Any], bool] = _COMPARISONS.get(type(a), lambda x, y: bool(x == y))
    return compare(a, b)


def _near(a: float | None, b: float | None, bound: float) -> bool:
    if a is None or b is None:
        return a is b
    return isclose(a, b, rel_tol=bound, abs_tol=bound)


def _all_near(a: Any, b: Any, bound: float) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and bool(np.allclose(a, b, rtol=bound, atol=bound))


def _change(a: Change, b: Change) -> bool:
    if not _certainty(a.certainty, b.certainty) or not _evidence(a.evidence, b.evidence):
        return False
    return replace(a, certainty=None, evidence=Evidence()) == replace(b, certainty=None, evidence=Evidence())


def _certainty(a: Certainty | None, b: Certainty | None) -> bool:
    if a is None or b is None:
        return a is b
    floats = ("distance", "runner_up_distance", "from_distance")
    if not all(_near(getattr(a, name), getattr(b, name), SINGLE) for name in floats):
        return False
    if not _near(a.margin, b.margin, SHARE):
        return False
    same = {name: getattr(a, name) for name in (*floats, "margin")}
    return a == replace(b, **same)


def _evidence(a: Evidence, b: Evidence) -> bool:
    if not _near(a.semantic_contribution, b.semantic_contribution, SHARE):
        return False
    return _ranked(a.features, b.features, _feature, lambda each: each.name) and _ranked(
        a.items, b.items, _items, lambda each: each.ids
    )


def _feature(a: MovingFeature, b: MovingFeature) -> bool:
    same = replace(b, value=a.value, deviations=a.deviations, contribution=a.contribution)
    return a == same and _near(a.value, b.value, EXPLICIT) and _near(a.deviations, b.deviations, EXPLICIT * 10)


def _items(a: MovingItems, b: MovingItems) -> bool:
    return a == replace(b, contribution=a.contribution)


def _ranked(
    a: Sequence[Any], b: Sequence[Any], same: Callable[[Any, Any], bool], key: Callable[[Any], Any], share: str = ""
) -> bool:
    """Return True if the shares are the same; nearly equal ones may have changed places, at the end of the list too."""
    share = share or "contribution"
    for first, second in ((a, b), (b, a)):
        others = {key(each): each for each in second}
        least = getattr(second[-1], share) if len(second) == 3 else 0.0
        for each in first:
            other = others.get(key(each))
            if other is None:
                if getattr(each, share) > least + SHARE:
                    return False
            elif not same(each, other) or not _near(getattr(each, share), getattr(other, share), SHARE):
                return False
    return True


def _membership(a: Membership, b: Membership) -> bool:
    if not _ranked(a.soft_membership, b.soft_membership, _soft, lambda each: each.id, "weight"):
        return False
    if (a.predicted is None) != (b.predicted is None) or not _predicted(a.predicted or {}, b.predicted or {}):
        return False
    if repr(a.traits) != repr(b.traits):  # True is not 1
        return False
    return replace(a, soft_membership=(), predicted=None) == replace(b, soft_membership=(), predicted=None)


def _soft(a: SoftMembership, b: SoftMembership) -> bool:
    return a.name == b.name


def _predicted(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    if list(a) != list(b):
        return False
    return all(a[n].value == b[n].value and _near(a[n].probability, b[n].probability, SINGLE * 10) for n in a)


def _sample(a: Sample, b: Sample) -> bool:
    for name, bound in (("explicit", EXPLICIT), ("semantic", SINGLE), ("contrast", HALF)):
        if not _all_near(getattr(a, name), getattr(b, name), bound):
            return False
    same = {name: getattr(a, name) for name in ("explicit", "semantic", "contrast")}
    return _near(a.mass, b.mass, SINGLE) and _plainly_equal(a, replace(b, mass=a.mass, **same))


def _profile(a: Profile, b: Profile) -> bool:
    if list(a.explicit) != list(b.explicit) or not _all_near(a.semantic, b.semantic, SINGLE):
        return False
    if not all(_near(a.explicit[name], b.explicit[name], EXPLICIT) for name in a.explicit):
        return False
    return _near(a.mass, b.mass, SINGLE) and _plainly_equal(
        a, replace(b, mass=a.mass, semantic=a.semantic, explicit=a.explicit)
    )


def _plainly_equal(a: Any, b: Any) -> bool:
    """Return True if all fields are equal, or the same object."""
    names = a.__dataclass_fields__
    return all(getattr(a, n) is getattr(b, n) or getattr(a, n) == getattr(b, n) for n in names)


_COMPARISONS: dict[type[Any], Callable[[Any, Any], bool]] = {
    Change: _change,
    Membership: _membership,
    Sample: _sample,
    Profile: _profile,
}

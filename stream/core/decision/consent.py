"""The gate of consent: which contents of a user's records are applied, by the traits that the user has declared."""

from __future__ import annotations

from collections.abc import Mapping

from stream.core.decision.conditions import Condition
from stream.core.event import Content, Declaration, Erasure, Event, Scalar


def has_consent(traits: Mapping[str, Scalar], consent: tuple[Condition, ...]) -> bool:
    """Return True if all conditions hold; without conditions nobody needs any."""
    return all(condition.holds(traits) for condition in consent)


def admit(content: Content, known: Mapping[str, Scalar] | None, consent: tuple[Condition, ...]) -> Content | None:
    """Return what is to be applied of a content; None: nothing.

    `known` are the traits of the user's state, None without a state. A user with a state and without consent is erased,
    whether by a declaration that withdraws it or because the setting is new.
    """
    if not consent or not isinstance(content, Event | Declaration):
        return content
    declared = content.traits if isinstance(content, Declaration) else {}
    if has_consent({**(known or {}), **declared}, consent):
        return content
    return None if known is None else Erasure(content.user)


def after(content: Content | None, known: Mapping[str, Scalar] | None) -> Mapping[str, Scalar] | None:
    """Return the traits of the state that an admitted content leaves; None without a state."""
    match content:
        case Event():
            return known or {}
        case Declaration(traits=traits):
            return {**(known or {}), **traits}
        case Erasure():
            return None
    return known

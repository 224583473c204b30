"""The public description of a segment: part of `segments` and of a segment model's document."""

from __future__ import annotations

import msgspec

from stream.core.description import Description, Phrase


class TypicalPhrase(msgspec.Struct, frozen=True):
    """A phrase typical of a segment, with its score."""

    text: str
    score: float


class UnusualFeature(msgspec.Struct, frozen=True):
    """An explicit feature of a segment's users, in standard deviations from the population."""

    name: str
    deviations: float


class SegmentDescription(msgspec.Struct, frozen=True):
    """A description of a segment for people; see docs/contract.md for each field."""

    name: str
    edited: bool
    phrases: tuple[TypicalPhrase, ...]
    texts: tuple[str, ...]
    behaviour: tuple[str, ...]
    n_users: int
    share: float
    trend: float
    rare: bool
    cohesion: float
    effective_size: float
    features: tuple[UnusualFeature, ...]
    typical: tuple[str, ...]
    boundary: tuple[str, ...]


def public_description(description: Description) -> SegmentDescription:
    """Return the public form of `description`."""
    return SegmentDescription(
        name=description.name,
        edited=description.edited,
        phrases=tuple(TypicalPhrase(phrase.text, phrase.score) for phrase in description.phrases),
        texts=description.texts,
        behaviour=description.behaviour,
        n_users=description.n_users,
        share=description.share,
        trend=description.trend,
        rare=description.rare,
        cohesion=description.cohesion,
        effective_size=description.effective_size,
        features=tuple(UnusualFeature(name, deviations) for name, deviations in description.features),
        typical=description.typical,
        boundary=description.boundary,
    )


def core_description(public: SegmentDescription) -> Description:
    """Return the description of a public form."""
    return Description(
        name=public.name,
        phrases=tuple(Phrase(phrase.text, phrase.score) for phrase in public.phrases),
        texts=public.texts,
        behaviour=public.behaviour,
        n_users=public.n_users,
        share=public.share,
        cohesion=public.cohesion,
        features=tuple((feature.name, feature.deviations) for feature in public.features),
        trend=public.trend,
        rare=public.rare,
        edited=public.edited,
        effective_size=public.effective_size,
        typical=public.typical,
        boundary=public.boundary,
    )

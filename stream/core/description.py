"""A description of a segment for human readers: its name, the words and texts of its users, behaviour and figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of one to three words in the users' own spelling.

    `score` is the share of the segment's users who say it, times the logarithm of how much more often they do. A
    quality of the phrase itself is a factor besides.
    """

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Description:
    """A description of a segment for human readers.

    `phrases` are typical of its users and of no other segment's, the best first. `texts` are up to three typical texts,
    each of at least three users. `behaviour` says in words what users do otherwise than all users, the strongest first.
    `share` is the share of the sampled population; `trend` is its relative change since the previous model (0.1: a
    tenth larger). `cohesion` is the weighted root mean square distance of members to the centroid. `features` holds
    z-scores of the explicit features. `edited`: the name was set by an operator and stays. `typical` members are
    nearest to the centroid, `boundary` members have the smallest margin. `effective_size` is Kish's effective sample
    size.
    """

    name: str
    phrases: tuple[Phrase, ...] = ()
    texts: tuple[str, ...] = ()
    behaviour: tuple[str, ...] = ()
    n_users: int = 0  # estimated
    share: float = 0.0
    cohesion: float = 0.0
    features: tuple[tuple[str, float], ...] = ()
    trend: float = 0.0
    rare: bool = False
    edited: bool = False
    effective_size: float = 0.0
    typical: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()

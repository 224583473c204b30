"""Keep the landmarks of the last time, or fit new ones, turned to the old map as far as they can be.

A layout outlives the segment models of a generation, and generations too: it has a scaler of its own. It is fitted anew
for another encoder or other features, since no profile can then be placed. It is also fitted anew when its users have
become others, so that the trustworthiness of placed users has dropped by TRUST_LOSS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stream.core.profile import Profiles
from stream.core.segment_model import SegmentModel
from stream.maps.alignment import Shift, align, shift
from stream.maps.fit import FLAT, N_LANDMARKS, SEED, Progress, fit_landmarks, silent, with_methods
from stream.maps.landmarks import Landmarks
from stream.maps.methods import Method
from stream.maps.quality import placed_quality

TRUST_LOSS = 0.05


@dataclass(frozen=True, slots=True)
class Renewed:
    """Landmarks to use, and a sentence about where they are from.

    `is_kept`: places are those of the last time. Otherwise `shifts` has how far users moved by the new fit. It covers
    methods of both layouts, and is empty where no profile can be placed on the old one.
    """

    landmarks: Landmarks
    reason: str
    is_kept: bool = False
    shifts: Mapping[Method, Shift] = field(default_factory=dict)


def renew(
    old: Landmarks | None,
    profiles: Profiles,
    segments: Sequence[str],
    model: SegmentModel,
    methods: Sequence[Method] = FLAT,
    n_landmarks: int = N_LANDMARKS,
    made_ms: int = 0,
    progress: Progress = silent,
) -> Renewed:
    """Return the old landmarks with all `methods` if they still serve users with these raw profiles, or new ones.

    The profiles must be of the model's encoder. A provisional layout, by PCA alone, serves no other method.
    """
    if old is not None and old.methods == (Method.PCA_2D,) and Method.PCA_2D not in methods:
        old = None
    reason = reason_to_fit(old, profiles, model)
    if old is not None and not reason:
        every = _with_trust(with_methods(old, methods, progress), profiles)
        return Renewed(every, "the layout of the last time, so that nobody moved without a change", is_kept=True)
    new = fit_landmarks(profiles, segments, model, methods, n_landmarks, SEED, made_ms, progress)
    shifts: dict[Method, Shift] = {}
    if old is not None and old.fits(model):
        new, shifts = _turned(new, old, profiles)
    return Renewed(_with_trust(new, profiles), reason, shifts=shifts)


def reason_to_fit(old: Landmarks | None, profiles: Profiles, model: SegmentModel) -> str:
    """Return why landmarks have to be fitted, as a sentence; "" if the old ones serve."""
    if old is None:
        return "a new layout, since there is none yet"
    if old.encoder != model.encoder:
        return "a new layout, since the encoder is another one: places are not comparable with those before"
    if old.features != model.features:
        return "a new layout, since the features are others: places are not comparable with those before"
    for method, trust in old.trust.items():
        now = placed_quality(old, method, profiles).trustworthiness
        if now < trust - TRUST_LOSS:
            return (
                f"a new layout, since users have become others: on the old one trustworthiness was {now:.3f} "
                f"({method.words}), after {trust:.3f} when it was made"
            )
    return ""


def _turned(new: Landmarks, old: Landmarks, profiles: Profiles) -> tuple[Landmarks, dict[Method, Shift]]:
    """Return the new landmarks turned to the old map, and how far these users moved all the same."""
    places, shifts = dict(new.places), {}
    for method in new.methods:
        if method in old.places:
            before = old.place(method, profiles)
            turn = align(new.place(method, profiles), before)
            places[method] = turn.apply(new.places[method])
            after = replace(new, places=places).place(method, profiles)
            shifts[method] = shift(before, after)
    return replace(new, places=places), shifts


def _with_trust(landmarks: Landmarks, profiles: Profiles) -> Landmarks:
    """Return the landmarks with the trustworthiness of these users by each method that has none yet."""
    missing = [method for method in landmarks.methods if method not in landmarks.trust]
    if not missing:
        return landmarks
    found = {method: placed_quality(landmarks, method, profiles).trustworthiness for method in missing}
    return replace(landmarks, trust={**landmarks.trust, **found})

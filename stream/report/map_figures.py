"""The maps: landmarks from a file or fitted, everybody placed by them, and how good that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stream.core.arrays import Ints
from stream.core.profile import Profiles
from stream.maps.fit import EVERY, fit_landmarks, silent, with_methods
from stream.maps.landmark_file import load_landmarks, save
from stream.maps.landmarks import Landmarks
from stream.maps.methods import N_LEAST, MapError, Method, require
from stream.maps.quality import quality
from stream.report.moved import Places
from stream.report.sampled import Sampled
from stream.report.values import MapFigure

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Laid:
    """Landmarks to place users by, None if there are too few; `notes` say what is missing or was made anew."""

    landmarks: Landmarks | None
    notes: tuple[str, ...]


def lay_out(sampled: Sampled, path: Path, methods: Sequence[Method] = EVERY, progress: Progress = silent) -> Laid:
    """Return the landmarks of the file, fitted and saved where it has none for these profiles.

    A layout of another encoder is made anew, with a note. Without umap-learn there are no UMAP maps, with a note.
    """
    if len(sampled.frame.users) < N_LEAST:
        return Laid(None, (f"There are {len(sampled.frame.users)} profiles: a map needs at least {N_LEAST}.",))
    possible, notes = _possible(methods)
    found = load_landmarks(path) if path.exists() else None
    if found is not None and not found.fits(sampled.model):
        notes.append("The layout was of another encoder or other features and was made anew: places are new.")
        found = None
    kept = found
    if found is None:
        found = fit_landmarks(
            sampled.frame.profiles, sampled.frame.segments, sampled.model, possible, made_ms=max(sampled.frame.time_ms),
            progress=progress,
        )  # fmt: skip
    else:
        found = with_methods(found, possible, progress)
    if found is not kept:
        save(found, path)
    return Laid(found, tuple(notes))


def map_figures(
    landmarks: Landmarks, profiles: Profiles, rows: Ints, users: Sequence[str], seen: Places, progress: Progress
) -> tuple[MapFigure, ...]:
    """Return a map for each method of the landmarks, of the profiles at `rows`, whose users are `users`."""
    chosen = profiles.rows(rows)
    vectors, truth = landmarks.space.transform(chosen), landmarks.space.scaler.transform(chosen)
    figures = []
    for method in (each for each in EVERY if each in landmarks.places):
        progress(f"placing on {method.words}")
        places = landmarks.place_vectors(method, vectors)
        good = quality(truth, places)
        figures.append(
            MapFigure(
                method=method.value,
                places=places,
                trustworthiness=good.trustworthiness,
                continuity=good.continuity,
                n_measured=good.n,
                n_landmarks=len(landmarks.vectors),
                made_ms=landmarks.made_ms,
                drift=seen.drift(method.value, users, places),
            )
        )
    return tuple(figures)


def _possible(methods: Sequence[Method]) -> tuple[list[Method], list[str]]:
    """Return the methods with installed packages, and a note if there are others."""
    possible, missing = [], ""
    for method in methods:
        try:
            require(method)
            possible.append(method)
        except MapError as error:
            missing = str(error)
    return possible, [f"There are no UMAP maps: {missing}."] if missing else []

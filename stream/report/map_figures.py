"""The maps: landmarks from a file or fitted, everybody placed by them, and how good that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stream.core.arrays import Ints
from stream.core.profile import Profiles
from stream.maps.fit import EVERY, silent
from stream.maps.landmark_file import load_landmarks, save
from stream.maps.landmarks import Landmarks
from stream.maps.methods import N_LEAST, MapError, Method, require
from stream.maps.quality import quality
from stream.maps.renewal import renew
from stream.report.moved import Places
from stream.report.sampled import Sampled
from stream.report.values import MapFigure
from stream.report.words import drift_words

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Laid:
    """Landmarks to place users by, None if there are too few; `notes` say what is missing or was made anew."""

    landmarks: Landmarks | None
    notes: tuple[str, ...]


def lay_out(sampled: Sampled, path: Path, methods: Sequence[Method] = EVERY, progress: Progress = silent) -> Laid:
    """Return the landmarks of the file; fitted and saved where it has none that serve these profiles.

    A layout that is made anew is a note, and so is a missing umap-learn, without which there are no UMAP maps.
    """
    if len(sampled.frame.users) < N_LEAST:
        return Laid(None, (f"There are {len(sampled.frame.users)} profiles: a map needs at least {N_LEAST}.",))
    possible, notes = _possible(methods)
    old = load_landmarks(path) if path.exists() else None
    frame, made_ms = sampled.frame, max(sampled.frame.time_ms)
    renewed = renew(old, frame.profiles, frame.segments, sampled.model, possible, made_ms=made_ms, progress=progress)
    if renewed.landmarks is not old:
        save(renewed.landmarks, path)
    if old is not None and not renewed.is_kept:
        moved = [f"{method.words}: {drift_words(each)}" for method, each in renewed.shifts.items()]
        notes.append(f"The maps have {'; '.join([renewed.reason, *moved])}.")
    return Laid(renewed.landmarks, tuple(notes))


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

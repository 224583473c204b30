"""Landmarks as a file: arrays of numpy without pickle, and a header with what they were made for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.core.scaler import Scaler
from stream.maps.landmarks import Landmarks
from stream.maps.methods import MapError, Method
from stream.maps.space import Space
from stream.runtime.whole_file import whole_file

FORMAT = 1
_PLACES, _SCALER = "places ", "scaler "


class Header(msgspec.Struct, frozen=True):
    """Facts of a file beside its arrays."""

    format: int
    encoder: str
    features: tuple[str, ...]
    made_ms: int
    seed: int
    trust: dict[Method, float]


def landmark_path(store: Path) -> Path:
    """Return the place of the landmarks that belong to a store: beside it."""
    return store.with_name(f"{store.name}.landmarks.npz")


def save(landmarks: Landmarks, path: Path) -> None:
    """Write the landmarks; the old file stays until the new one is complete."""
    made_for = landmarks.encoder, landmarks.features, landmarks.made_ms, landmarks.seed
    header = Header(FORMAT, *made_for, dict(landmarks.trust))
    arrays: dict[str, NDArray[Any]] = {
        "header": np.frombuffer(msgspec.json.encode(header), np.uint8),
        "vectors": landmarks.vectors,
        **{_PLACES + method: places for method, places in landmarks.places.items()},
        **{_SCALER + field.name: np.asarray(getattr(landmarks.space.scaler, field.name)) for field in fields(Scaler)},
        "centre": landmarks.space.centre,
        "axes": landmarks.space.axes,
    }
    with whole_file(path) as file:
        np.savez(file, allow_pickle=False, **arrays)


def load_landmarks(path: Path) -> Landmarks:
    """Return the landmarks of a file; raises MapError if there is none, or if it is damaged or of another format."""
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            header = msgspec.json.decode(arrays["header"].tobytes(), type=Header)
            if header.format != FORMAT:
                raise MapError(f"{path} has format {header.format}, this Segue reads {FORMAT}: delete it, to fit anew")
            space = Space(_scaler(arrays), arrays["centre"], arrays["axes"])
            places = {method: arrays[_PLACES + method] for method in Method if _PLACES + method in arrays}
            vectors = arrays["vectors"]
    except FileNotFoundError as error:
        raise MapError(f"there are no landmarks in {path}: they are fitted first") from error
    except (OSError, EOFError, ValueError, KeyError, BadZipFile, msgspec.MsgspecError) as error:
        raise MapError(f"{path} is no file of landmarks, or is damaged ({error}): delete it, to fit anew") from error
    return Landmarks(header.encoder, header.features, space, vectors, places, header.made_ms, header.seed, header.trust)


def _scaler(arrays: Mapping[str, NDArray[Any]]) -> Scaler:
    found = (arrays[_SCALER + field.name] for field in fields(Scaler))
    return Scaler(*(array if array.ndim else float(array) for array in found))  # type: ignore[arg-type]

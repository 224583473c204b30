"""A process of low priority that looks after the layout of a store once, and says what it did as a line of JSON.

    python -m stream.maps.layout_fit STORE LAYOUT

It ends when its standard input closes, so that it does not outlive its starter, even a killed one.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import msgspec

from stream.maps.landmark_file import load_landmarks, save
from stream.maps.landmarks import Landmarks
from stream.maps.layout import N_USERS_LEAST, LayoutState, Told
from stream.maps.methods import MapError, Method
from stream.maps.renewal import reason_to_fit, renew
from stream.runtime.process import prepare_process
from stream.store.errors import StoreError
from stream.store.queries.models import serving_model
from stream.store.queries.samples import SampleFrame, samples
from stream.store.store import newest_ms, open_store

N_LANDMARKS = 2_500  # half of a report's: a fit takes some 10 s of a core


def look_after(store_path: Path, layout_path: Path) -> Told:
    """Keep the layout of a store, or fit it if one is due and no other process does."""
    with _lock(layout_path) as is_ours:
        if not is_ours:
            return Told(LayoutState.FITTING, "another process fits the map")
        try:
            return _look_after(store_path, layout_path)
        except (StoreError, MapError, OSError) as error:
            return Told(LayoutState.FAILED, f"the map cannot be fitted: {error}")


def _look_after(store_path: Path, layout_path: Path) -> Told:
    store = open_store(store_path)
    try:
        with store.snapshot():
            model, frame, now_ms = serving_model(store), samples(store), newest_ms(store)
    finally:
        store.close()
    if model is None or frame.encoder != model.encoder:
        return Told(LayoutState.NO_MODEL, "the map begins with the first segment model, and profiles of its encoder")
    is_few = len(frame.users) < N_USERS_LEAST
    method = Method.PCA_2D if is_few else Method.TSNE_2D
    old = _old(layout_path, len(frame.users))
    if old is not None and not reason_to_fit(old, frame.profiles, model):
        return _told(frame, old.methods[0], "the layout of the last time")
    found = renew(old, frame.profiles, frame.segments, model, [method], N_LANDMARKS, now_ms)
    save(found.landmarks, layout_path)
    return _told(frame, method, found.reason)


def _told(frame: SampleFrame, method: Method, reason: str) -> Told:
    if method is not Method.PCA_2D:
        return Told(LayoutState.READY, reason)
    n = len(frame.users)
    return Told(LayoutState.TOO_FEW, f"a provisional map by PCA of {n:,} users; from {N_USERS_LEAST:,} on it is t-SNE")


def _old(path: Path, n_users: int) -> Landmarks | None:
    """Return the landmarks of the file; None without a file that can be read, or if users have outgrown a provisional.

    A provisional layout is outgrown when a t-SNE is possible, and by twice as many users.
    """
    try:
        found = load_landmarks(path)
    except MapError:
        return None
    is_provisional = found.methods == (Method.PCA_2D,)
    is_outgrown = n_users >= N_USERS_LEAST or n_users >= 2 * len(found.vectors)
    return None if not found.methods or (is_provisional and is_outgrown) else found


@contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Hold the lock beside the layout; yield False if another process holds it."""
    with path.with_name(f"{path.name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _end_with_starter() -> None:
    sys.stdin.buffer.read()
    os._exit(1)  # a fit in C code cannot be interrupted otherwise; files are replaced as a whole


def main(arguments: list[str]) -> None:
    """Run at the lowest priority."""
    os.nice(19)
    prepare_process()
    Thread(target=_end_with_starter, daemon=True).start()
    told = look_after(Path(arguments[0]), Path(arguments[1]))
    sys.stdout.buffer.write(msgspec.json.encode(told))
    sys.stdout.flush()
    os._exit(0)  # the thread above still reads


if __name__ == "__main__":
    main(sys.argv[1:])

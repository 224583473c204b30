"""The layout of the dashboard: fitted once in a child process of low priority, then kept in a file beside the store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from time import monotonic

import msgspec

from stream.maps.landmark_file import load_landmarks
from stream.maps.landmarks import Landmarks
from stream.maps.methods import MapError, Method

N_USERS_LEAST = 200  # of a t-SNE; fewer users have a provisional map by PCA
LOOK_S = 600.0  # from the end of a look at a ready layout to the next: whether it still serves
LOOK_EARLY_S = 20.0  # the same while there is no layout, or a provisional one
_STOP_S = 5.0
_CHILD = "stream.maps.layout_fit"


class LayoutState(StrEnum):
    """State of a layout: `too_few` users have a provisional one, by PCA."""

    READY = "ready"
    FITTING = "fitting"
    TOO_FEW = "too_few"
    NO_MODEL = "no_model"
    FAILED = "failed"


class Told(msgspec.Struct, frozen=True):
    """A sentence of the child process about the layout."""

    state: LayoutState
    reason: str


class Layout(msgspec.Struct, frozen=True):
    """A layout and its state; `landmarks` is None while there is nothing to show, and `reason` is a sentence."""

    state: LayoutState
    reason: str
    landmarks: Landmarks | None = None
    method: Method = Method.TSNE_2D


class LayoutKeeper:
    """A keeper of the layout of a store in `path`; `current` never waits for a fit."""

    def __init__(self, store: Path, path: Path, clock: Callable[[], float] = monotonic) -> None:
        self._store, self._path, self._clock = store, path, clock
        self._child: subprocess.Popen[bytes] | None = None
        self._told = Told(LayoutState.NO_MODEL, "the map begins with the first segment model")
        self._due_s = clock()
        self._landmarks: Landmarks | None = None
        self._read: tuple[int, int] | None = None  # time and size of the file when it was read

    def current(self) -> Layout:
        """Return the layout as it is now. If a look at it is due, start one in a child process."""
        self._hear()
        if self._child is None and self._clock() >= self._due_s and self._store.exists():
            self._start()
        self._read_file()
        if self._landmarks is not None:
            method = Method.TSNE_2D if Method.TSNE_2D in self._landmarks.places else self._landmarks.methods[0]
            state = LayoutState.TOO_FEW if method is Method.PCA_2D else LayoutState.READY
            reason = self._told.reason if self._told.state is state else "the layout of the last time"
            return Layout(state, reason, self._landmarks, method)
        if self._child is not None and self._told.state is not LayoutState.NO_MODEL:
            return Layout(LayoutState.FITTING, "the map is being fitted")
        return Layout(self._told.state, self._told.reason)

    def close(self) -> None:
        """End a fit that runs."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate(timeout=_STOP_S)
            self._child = None

    def _start(self) -> None:
        # a session of its own: Ctrl-C in a terminal reaches only this process, which ends the child
        self._child = subprocess.Popen(
            [sys.executable, "-m", _CHILD, str(self._store), str(self._path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _hear(self) -> None:
        """Take what an ended child has said."""
        if self._child is None or self._child.poll() is None:
            return
        said, _ = self._child.communicate()
        try:
            self._told = msgspec.json.decode(said, type=Told)
        except msgspec.DecodeError:
            code = self._child.returncode
            self._told = Told(LayoutState.FAILED, f"the map cannot be fitted: its process ended with code {code}")
        self._child = None
        wait_s = LOOK_S if self._told.state in (LayoutState.READY, LayoutState.FAILED) else LOOK_EARLY_S
        self._due_s = self._clock() + wait_s

    def _read_file(self) -> None:
        """Read the file if it is another one than before."""
        try:
            found = self._path.stat()
            if (found.st_mtime_ns, found.st_size) != self._read:
                self._read = found.st_mtime_ns, found.st_size
                self._landmarks = load_landmarks(self._path)
        except (FileNotFoundError, MapError):
            self._landmarks = None

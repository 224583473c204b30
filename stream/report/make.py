"""From the file of a store to figures, and from figures to a whole file: the steps of `segue report` in order."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from stream.maps.fit import silent
from stream.maps.landmark_file import landmark_path
from stream.report.build import Options, build_figures
from stream.report.map_figures import Laid, Progress, lay_out
from stream.report.moved import Places, places_path, read_places, write_places
from stream.report.sampled import read_sampled
from stream.report.values import Figures
from stream.store.store import newest_ms, open_store


def make_figures(store: Path, options: Options, layout: Path | None = None, progress: Progress = silent) -> Figures:
    """Return the figures of a store's file; the layout file, by default beside the store, is read and kept.

    Raises StoreError, ReportError, and MapError for a damaged layout. The same store and layout give the same figures.
    """
    path = layout or landmark_path(store)
    opened = open_store(store)
    try:
        with opened.snapshot():
            progress("profiles")
            sampled, why = read_sampled(opened)
            laid = lay_out(sampled, path, progress=progress) if sampled else Laid(None, (why,))
            made_ms = laid.landmarks.made_ms if laid.landmarks else 0
            seen = read_places(places_path(path), newest_ms(opened), made_ms)
            figures = build_figures(opened, sampled, laid.landmarks, options, seen, laid.notes, progress)
    finally:
        opened.close()
    if figures.maps:
        _keep_places(path, seen, figures)
    return figures


def write_whole(path: Path, document: str) -> int:
    """Write a text, and return its bytes; the old file stays until the new one is complete."""
    data = document.encode()
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            temporary.unlink()
            raise
    temporary.chmod(0o666 & ~_umask())
    temporary.replace(path)
    return len(data)


def _keep_places(layout: Path, seen: Places, figures: Figures) -> None:
    write_places(places_path(layout), seen, figures.people.users, {each.method: each.places for each in figures.maps})


def _umask() -> int:
    """Return the process's mask of file rights: a report has those of any other new file."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

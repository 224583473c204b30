"""From the file of a store to a report: the steps of `segue report` in order."""

from __future__ import annotations

from pathlib import Path

from stream.maps.fit import silent
from stream.maps.landmark_file import landmark_path
from stream.report.build import Options, build_figures
from stream.report.map_figures import Laid, Progress, lay_out
from stream.report.moved import places_path, read_places, write_places
from stream.report.report import Report
from stream.report.sampled import read_sampled
from stream.store.store import newest_ms, open_store


def make_report(store: Path, options: Options, layout: Path | None = None, progress: Progress = silent) -> Report:
    """Return the report of a store's file. The layout file, by default beside the store, is read and kept.

    Raises StoreError, ReportError, and MapError for a damaged layout. The same store and layout give the same report.
    `progress` is called before each part of the work, with its name.
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
        places = {each.method: each.places for each in figures.maps}
        write_places(places_path(path), seen, figures.mapped.users, places)
    return Report(figures, "ids" if options.identity.member_ids else "hashes")

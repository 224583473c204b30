"""A report: its figures, as data frames, inline in a notebook, or as one HTML file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stream.report.frames import frames
from stream.report.inline import inline_view
from stream.report.values import Figures
from stream.report.words import drift_words, method_words
from stream.runtime.whole_file import whole_file
from stream.web.figures import plural


@dataclass(frozen=True)
class Report:
    """A report of figures; `shown_as` says what users are shown as. A notebook shows it as the last value of a cell."""

    figures: Figures
    shown_as: str

    @cached_property
    def html(self) -> str:
        """The whole file as text: the same figures give the same text."""
        from stream.report.render import render  # loads the templates, an extra

        return render(self.figures, self.shown_as)

    def frames(self) -> dict[str, Any]:
        """Return the figures as pandas data frames by name."""
        return frames(self.figures)

    def save(self, path: str | Path) -> int:
        """Write the file, and return its bytes; an old file stays until the new one is complete."""
        return write_whole(Path(path), self.html)

    def lines(self) -> list[str]:
        """Return the figures of quality as lines for a terminal, after the notes on what is missing."""
        figures = self.figures
        n_segments = sum(not each.row.retired for each in figures.segments)
        shown = f"{plural(n_segments, 'segment')}, {plural(len(figures.mapped.users), 'user')} on the maps"
        found = [*figures.notes, shown]
        for each in figures.maps:
            quality = f"trustworthiness {each.trustworthiness:.3f}, continuity {each.continuity:.3f}"
            of = f"{plural(each.n_measured, 'user')}, {plural(each.n_landmarks, 'landmark')}"
            found.append(f"{method_words(each.method)}: {quality} ({of}); {drift_words(each.drift)}")
        return found

    def _repr_html_(self) -> str:
        return inline_view(self.html)


def write_whole(path: Path, document: str) -> int:
    """Write a text, and return its bytes; the old file stays until the new one is complete."""
    data = document.encode()
    with whole_file(path) as file:
        file.write(data)
        os.fchmod(file.fileno(), 0o666 & ~_umask())
    return len(data)


def _umask() -> int:
    """Return the process's mask of file rights: a report has those of any other new file."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

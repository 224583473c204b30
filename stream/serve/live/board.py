"""The board: every live figure of one revision of the store, and the news from one board to the next."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from stream.core.reserved import INACTIVE, UNKNOWN
from stream.serve.identity import Identity
from stream.serve.pages.views import RESERVED, change_view, decode_change
from stream.store.queries.health import health, warnings
from stream.store.queries.live import latest_changes
from stream.store.queries.models import lineage, promotions
from stream.store.queries.segments import SegmentRow, segment_rows
from stream.store.store import Store, newest_ms, revision
from stream.web.drawings import sparkline
from stream.web.figures import count, growth, iso, moment, percent

N_CHANGES = 12  # of a full board, and the most of one delta: more in a fifth of a second nobody reads
SPARKLINES = ":sizes"

Cell = tuple[str, float | None]  # the text to show, and the number


@dataclass(frozen=True, slots=True)
class Board:
    """A board. `changes` are the latest, the oldest first; a part of the page has news if its stamp differs."""

    revision: int
    cells: Mapping[str, Cell]
    changes: tuple[dict[str, Any], ...]
    newest_row: int
    stamps: Mapping[str, Hashable]


def read_board(store: Store, identity: Identity, drawn: Board | None = None) -> Board:
    """Return the board of the store as it is now, with the sparklines of the board `drawn` if given."""
    with store.snapshot():
        rows, found = segment_rows(store), latest_changes(store, 0, N_CHANGES)
        return Board(
            revision=revision(store),
            cells=_totals(rows, newest_ms(store)) | _sizes(rows) | (sparklines(drawn) if drawn else _sparklines(rows)),
            changes=tuple(_shown(row, value, identity) for row, value in reversed(found)),
            newest_row=found[0][0] if found else 0,
            stamps=_stamps(store, rows, found[0][0] if found else 0),
        )


def full(board: Board) -> dict[str, Any]:
    """Return all of a board, for a page that has nothing yet."""
    return {"revision": board.revision, "cells": board.cells, "changes": board.changes}


def news(before: Board, after: Board) -> dict[str, Any]:
    """Return what of a board is new. `changed` counts the changes between; `changes` are the latest of them."""
    return {
        "revision": after.revision,
        "cells": {key: cell for key, cell in after.cells.items() if before.cells.get(key) != cell},
        "changes": [change for change in after.changes if change["row"] > before.newest_row],
        "changed": max(0, after.newest_row - before.newest_row),
        "parts": sorted(name for name, stamp in after.stamps.items() if before.stamps.get(name) != stamp),
    }


def _totals(rows: list[SegmentRow], clock_ms: int) -> dict[str, Cell]:
    sizes = {row.id: row.n_users for row in rows}
    current = [row for row in rows if row.id not in RESERVED and not row.retired]
    numbers = {
        "n_users": sum(sizes.values()),
        "n_segments": len(current),
        "n_unknown": sizes.get(UNKNOWN, 0),
        "n_inactive": sizes.get(INACTIVE, 0),
        "n_changes": sum(row.n_entered for row in rows),
    }
    cells: dict[str, Cell] = {f"total:{name}": (count(number), number) for name, number in numbers.items()}
    return cells | {"total:newest": (moment(clock_ms or None), clock_ms)}


def sparklines(board: Board) -> dict[str, Cell]:
    """Return the sparklines of a board, half of its bytes."""
    return {key: cell for key, cell in board.cells.items() if key.endswith(SPARKLINES)}


def _sparklines(rows: list[SegmentRow]) -> dict[str, Cell]:
    return {f"segment:{row.id}{SPARKLINES}": (sparkline(row.sizes), None) for row in rows}


def _sizes(rows: list[SegmentRow]) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for row in rows:
        cells[f"segment:{row.id}:n_users"] = (count(row.n_users), row.n_users)
        cells[f"segment:{row.id}:share"] = (percent(row.share), row.share)
        cells[f"segment:{row.id}:entered"] = (count(row.n_entered), row.n_entered)
        cells[f"segment:{row.id}:left"] = (count(row.n_left), row.n_left)
        cells[f"segment:{row.id}:trend"] = (growth(row.trend, row.n_users), row.trend)
    return cells


def _shown(row: int, value: bytes, identity: Identity) -> dict[str, Any]:
    view = change_view(identity, decode_change(value))
    return {
        "row": row,
        "user": view.user.text,
        "summary": view.summary,
        "time": moment(view.time_ms),
        "iso": iso(view.time_ms),
        "links": {"user": view.user.address, "change": view.address},
    }


def _stamps(store: Store, rows: list[SegmentRow], newest_row: int) -> dict[str, Hashable]:
    return {
        "segments": tuple((row.id, row.name, row.rare, row.retired) for row in rows),
        "changes": newest_row,
        "flows": newest_row,
        "models": (*promotions(store, 1), *lineage(store, 1)),
        "health": (health(store), *warnings(store, 1)),
        "samples": newest_ms(store),
    }

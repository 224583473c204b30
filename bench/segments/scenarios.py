"""Planted scenarios: cells of users with equal behaviour, their groups, and the changes by day.

Users of a cell draw texts from one theme or two; the share of the second may change over a ramp of days. A group is the
true segment: one cell, or several with equal behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SILENT = -1  # the cell of inactive users

LINEAGE_KINDS = ("split", "merged", "born", "retired")
SHIFTED = "shifted"  # behaviour changes and the group stays one: ids must follow, without lineage events

_SHARES = (0.24, 0.18, 0.14, 0.11, 0.09, 0.08, 0.06, 0.04, 0.03, 0.03)
_DAY = 12  # of the planted change
_RAMP = (_DAY, _DAY + 5)
_N_USERS = 10_000
_N_DAYS = 40


@dataclass(frozen=True)
class PlantedEvent:
    """A change of `groups` on `day`. `kind` is one of LINEAGE_KINDS, or SHIFTED."""

    day: int
    kind: str
    groups: tuple[int, ...]


@dataclass(frozen=True)
class Cell:
    """A cell with a `share` of all users, in any unit.

    `themes` are positions in the seed's order of themes. The second theme has part `turn[0]` before the days `ramp`
    (first and last), and `turn[1]` from the last day on. The group changes with the first day of the ramp.

    Users join on the days `joins`, evenly, or are present from the start. The share of items from the cell's themes is
    between the two `own_parts`, constant for a user.
    """

    share: float
    themes: tuple[int, int]
    group: int
    turn: tuple[float, float] = (0.0, 0.0)
    ramp: tuple[int, int] = (0, 0)
    group_after: int | None = None
    joins: tuple[int, int] | None = None
    own_parts: tuple[float, float] = (0.2, 0.7)

    def second_part(self, day: int) -> float:
        """Return the chance that an item of this day is of the second theme."""
        first, last = self.ramp
        passed = min(max((day - first + 1) / (last - first + 1), 0.0), 1.0)
        return self.turn[0] + (self.turn[1] - self.turn[0]) * passed

    def group_on(self, day: int) -> int:
        """Return the group of the cell's users on this day."""
        return self.group if self.group_after is None or day < self.ramp[0] else self.group_after


@dataclass(frozen=True)
class Move:
    """A move on `day` of a `share` of the users in each of the cells `sources` to `targets`, evenly; SILENT is one."""

    day: int
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    share: float


@dataclass(frozen=True)
class Scenario:
    """A scenario. `weekly`: behaviour differs at weekends. `heavy`: activity has a Pareto tail.

    `whole_panel`: all users are assigned every day, not a sample.
    """

    name: str
    n_users: int
    n_days: int
    events: tuple[PlantedEvent, ...]
    cells: tuple[Cell, ...]
    moves: tuple[Move, ...] = ()
    weekly: bool = False
    heavy: bool = False
    whole_panel: bool = False

    @property
    def ring(self) -> int | None:
        """Group of less than half a percent of the users, or None."""
        total = sum(cell.share for cell in self.cells)
        rare = [cell.group for cell in self.cells if cell.share < total / 200]
        return rare[0] if rare else None


def _plain(at: int) -> Cell:
    return Cell(_SHARES[at], (at, at), at)


def _turning(at: int, to: int, ramp: tuple[int, int]) -> Cell:
    """Return a cell that changes to another theme and stays one group."""
    return Cell(_SHARES[at], (at, to), at, (0.0, 1.0), ramp)


_BASE = tuple(map(_plain, range(len(_SHARES))))
_NEW = len(_SHARES)  # the first group and theme beyond the base


def _with(*changed: tuple[int, Cell], more: tuple[Cell, ...] = ()) -> tuple[Cell, ...]:
    """Return the base cells with some replaced, and more appended."""
    replaced = dict(changed)
    return tuple(replaced.get(at, cell) for at, cell in enumerate(_BASE)) + more


def _half(part_after: float, group_after: int) -> Cell:
    """Return half of group 2, a mixture of two themes until each half turns to one."""
    return Cell(_SHARES[2] / 2, (2, _NEW), 2, (0.5, part_after), _RAMP, group_after)


_DRIFT = _with(*((at, _turning(at, _NEW + i, (0, _N_DAYS - 1))) for i, at in enumerate((1, 3, 6))))
_SHIFT = _with(*((at, _turning(at, _NEW + i, (_DAY, _DAY))) for i, at in enumerate((2, 5))))
_SPLIT = _with((2, _half(0.0, 2)), more=(_half(1.0, _NEW),))
_MERGE = _with(
    (3, Cell(_SHARES[3], (3, 4), 3, (0.0, 0.5), _RAMP)), (4, Cell(_SHARES[4], (3, 4), 4, (1.0, 0.5), _RAMP, 3))
)
_BIRTH = (*_BASE, Cell(0.02, (_NEW, _NEW), _NEW, joins=(_DAY, _DAY + 4)))
_RING = (*_BASE, Cell(0.002, (_NEW, _NEW), _NEW, own_parts=(0.6, 0.9)))  # few users, one theme
_DEATH = (Move(_DAY, (4,), (SILENT,), 0.5), Move(_DAY, (4,), (0, 1, 2), 1.0))


def _planted(
    name: str, cells: tuple[Cell, ...], events: tuple[PlantedEvent, ...] = (), moves: tuple[Move, ...] = ()
) -> Scenario:
    return Scenario(name, _N_USERS, _N_DAYS, events, cells, moves)


SCENARIOS = (
    _planted("stationary", _BASE),
    _planted("slow drift", _DRIFT),
    _planted("sudden shift", _SHIFT, (PlantedEvent(_DAY, SHIFTED, (2, 5)),)),
    _planted("split", _SPLIT, (PlantedEvent(_DAY, "split", (2, _NEW)),)),
    _planted("merge", _MERGE, (PlantedEvent(_DAY, "merged", (3, 4)),)),
    _planted(
        "birth", _BIRTH, (PlantedEvent(_DAY, "born", (_NEW,)),), (Move(_DAY, (0, 1, 2), (len(_BIRTH) - 1,), 0.06),)
    ),
    _planted("death", _BASE, (PlantedEvent(_DAY, "retired", (4,)),), _DEATH),
    replace(_planted("rare ring", _RING, (PlantedEvent(0, "born", (_NEW,)),)), whole_panel=True),
    replace(_planted("weekly", _BASE), weekly=True),
    replace(_planted("heavy tail", _BASE), heavy=True),
    replace(_planted("100 k users", _BASE), n_users=100_000, n_days=20),
)
QUICK = (
    replace(_planted("split, small", _SPLIT, (PlantedEvent(_DAY, "split", (2, _NEW)),)), n_users=2_000, n_days=20),
)

"""What is planted: cells of people who behave alike, the groups they belong to, and when which of it changes.

A cell's people take texts from one theme or two; the share of the second may change over a ramp of days. A group is
what truth calls a segment: one cell, or several that behave alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SILENT = -1  # the cell of those who do nothing any more

LINEAGE_KINDS = ("split", "merged", "born", "retired")
SHIFTED = "shifted"  # people behave otherwise and stay one group: ids must follow, and lineage has nothing to say

_SHARES = (0.24, 0.18, 0.14, 0.11, 0.09, 0.08, 0.06, 0.04, 0.03, 0.03)
_DAY = 12  # the day on which something happens
_RAMP = (_DAY, _DAY + 5)
_N_USERS = 10_000
_N_DAYS = 40


@dataclass(frozen=True)
class PlantedEvent:
    """What happens on `day` to the groups whose people it touches. `kind` is one of LINEAGE_KINDS, or SHIFTED."""

    day: int
    kind: str
    groups: tuple[int, ...]


@dataclass(frozen=True)
class Cell:
    """`share` of all people, in any unit. `themes` are places in the seed's order of themes; the second one has part
    `turn[0]` before the days `ramp` (first and last) and `turn[1]` from its last day on. The group changes with the
    ramp's first day. People join on the days `joins`, evenly, or are there from the start. Of a person's items a part
    between the two `own_parts` is of the cell's themes."""

    share: float
    themes: tuple[int, int]
    group: int
    turn: tuple[float, float] = (0.0, 0.0)
    ramp: tuple[int, int] = (0, 0)
    group_after: int | None = None
    joins: tuple[int, int] | None = None
    own_parts: tuple[float, float] = (0.2, 0.7)

    def second_part(self, day: int) -> float:
        """How likely an item of this day is of the second theme."""
        first, last = self.ramp
        passed = min(max((day - first + 1) / (last - first + 1), 0.0), 1.0)
        return self.turn[0] + (self.turn[1] - self.turn[0]) * passed

    def group_on(self, day: int) -> int:
        """The group its people belong to."""
        return self.group if self.group_after is None or day < self.ramp[0] else self.group_after


@dataclass(frozen=True)
class Move:
    """On `day`, `share` of the people in each of the cells `sources` go over to `targets`, evenly; SILENT is one."""

    day: int
    sources: tuple[int, ...]
    targets: tuple[int, ...]
    share: float


@dataclass(frozen=True)
class Scenario:
    """`weekly`: at the weekend everyone's behaviour differs. `heavy`: activity has a Pareto tail. `whole_panel`:
    everyone is asked for, not a sample of people."""

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
        """The rare group, below half a percent of the people, if there is one."""
        total = sum(cell.share for cell in self.cells)
        rare = [cell.group for cell in self.cells if cell.share < total / 200]
        return rare[0] if rare else None


def _plain(at: int) -> Cell:
    return Cell(_SHARES[at], (at, at), at)


def _turning(at: int, to: int, ramp: tuple[int, int]) -> Cell:
    """A group that goes over to another theme and stays a group."""
    return Cell(_SHARES[at], (at, to), at, (0.0, 1.0), ramp)


_BASE = tuple(map(_plain, range(len(_SHARES))))
_NEW = len(_SHARES)  # the first group and theme that the base has not


def _with(*changed: tuple[int, Cell], more: tuple[Cell, ...] = ()) -> tuple[Cell, ...]:
    """The base cells with some replaced, and more after them."""
    replaced = dict(changed)
    return tuple(replaced.get(at, cell) for at, cell in enumerate(_BASE)) + more


def _half(part_after: float, group_after: int) -> Cell:
    """Half of group 2, which mixes two themes until each half takes to one."""
    return Cell(_SHARES[2] / 2, (2, _NEW), 2, (0.5, part_after), _RAMP, group_after)


_DRIFT = _with(*((at, _turning(at, _NEW + i, (0, _N_DAYS - 1))) for i, at in enumerate((1, 3, 6))))
_SHIFT = _with(*((at, _turning(at, _NEW + i, (_DAY, _DAY))) for i, at in enumerate((2, 5))))
_SPLIT = _with((2, _half(0.0, 2)), more=(_half(1.0, _NEW),))
_MERGE = _with(
    (3, Cell(_SHARES[3], (3, 4), 3, (0.0, 0.5), _RAMP)), (4, Cell(_SHARES[4], (3, 4), 4, (1.0, 0.5), _RAMP, 3))
)
_BIRTH = (*_BASE, Cell(0.02, (_NEW, _NEW), _NEW, joins=(_DAY, _DAY + 4)))
_RING = (*_BASE, Cell(0.002, (_NEW, _NEW), _NEW, own_parts=(0.6, 0.9)))  # few, and all about one thing
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

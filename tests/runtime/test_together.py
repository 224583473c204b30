"""Two engines, one fate: the first to end, or to fail, ends all."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread

import pytest

from stream.runtime.together import run_together

DEADLINE_S = 120.0


class BrokenError(Exception):
    """An error of a broken engine."""


@dataclass
class Runs:
    """Run until a stop is requested."""

    stopped: bool = False

    def run(self, stop: Event) -> None:
        self.stopped = stop.wait(DEADLINE_S)


@dataclass
class Breaks:
    """Raises once the others run."""

    error: BaseException

    def run(self, stop: Event) -> None:
        raise self.error


@dataclass
class BreaksLate:
    """Raises while it is being stopped."""

    def run(self, stop: Event) -> None:
        stop.wait(DEADLINE_S)
        raise BrokenError("late")


class Ends:
    """Ends by itself, without an error."""

    def run(self, stop: Event) -> None:
        pass


@pytest.mark.parametrize("first", [True, False], ids=["the first breaks", "the last breaks"])
def test_an_engine_that_breaks_ends_the_others_and_its_error_comes_out(first: bool) -> None:
    runs, breaks, stop = Runs(), Breaks(BrokenError("here")), Event()
    with pytest.raises(BrokenError, match="here"):
        run_together([breaks, runs] if first else [runs, breaks], stop)
    assert runs.stopped
    assert stop.is_set()


def test_not_even_an_exit_on_an_engines_thread_is_swallowed() -> None:
    with pytest.raises(SystemExit):
        run_together([Runs(), Breaks(SystemExit(70))], Event())


def test_an_error_while_stopping_comes_out_too() -> None:
    with pytest.raises(BrokenError, match="late"):
        run_together([Ends(), BreaksLate()], Event())


def test_an_engine_that_ends_ends_the_others() -> None:
    runs = Runs()
    run_together([runs, Ends()], Event())
    assert runs.stopped


def test_stop_ends_all() -> None:
    engines, stop = [Runs(), Runs()], Event()
    running = Thread(target=run_together, args=(engines, stop))
    running.start()
    stop.set()
    running.join(DEADLINE_S)
    assert not running.is_alive()
    assert [engine.stopped for engine in engines] == [True, True]


def test_one_engine_may_run_alone() -> None:
    stop = Event()
    stop.set()
    engine = Runs()
    run_together([engine], stop)
    assert engine.stopped

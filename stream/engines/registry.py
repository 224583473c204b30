"""The engines by name. A new engine is one loader here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from stream.kafka.connection import Connection
from stream.kafka.topic_watch import TopicWatch
from stream.runtime.events import Observer
from stream.runtime.job import Job, Reader, Result
from stream.runtime.options import EngineOptions, EngineSetupError
from stream.runtime.together import Engine


class EngineFactory(Protocol):
    """A constructor of an engine. Nothing needs to be closed before `run`."""

    def __call__(
        self,
        job: Job[Reader, Result],
        connection: Connection,
        options: EngineOptions,
        observer: Observer,
        watch: TopicWatch,
    ) -> Engine:
        """Return the engine of one job."""
        ...


class EngineMissingError(EngineSetupError):
    """Packages of the chosen engine are not installed."""


def load_engine(name: str) -> EngineFactory:
    """Import an engine by the name in `ENGINES`. Raise EngineMissingError without the engine's packages."""
    try:
        return ENGINES[name]()
    except ModuleNotFoundError as error:
        raise EngineMissingError(
            f"the engine {name} needs the package {error.name}: install the extra `{name}` (SEGUE_ENGINE)"
        ) from error


def _transactional() -> EngineFactory:
    from stream.engines.transactional.engine import TransactionalEngine

    return TransactionalEngine


def _faust() -> EngineFactory:
    from stream.engines.faust.engine import FaustEngine

    return FaustEngine


ENGINES: Mapping[str, Callable[[], EngineFactory]] = {"transactional": _transactional, "faust": _faust}

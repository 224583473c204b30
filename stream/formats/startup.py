"""The registry of a process that starts. The extra `registry` is loaded only where a registry is set."""

from __future__ import annotations

import structlog

from stream.files.layout import read_columns
from stream.formats.readers import ReaderSource
from stream.formats.registry_settings import Registry
from stream.runtime.job import UnavailableError

log = structlog.get_logger()


def readers_of(settings: Registry) -> ReaderSource | None:
    """Return the readers of the registry's schemas, None without a registry. Nothing connects yet."""
    if not settings.registry_url:
        return None
    from stream.formats.registry import SchemaRegistry
    from stream.formats.schemas import Schemas

    return Schemas(SchemaRegistry(settings), read_columns(settings.registry_columns))


def check_registry(settings: Registry) -> None:
    """Raise RegistryError for a registry that refuses us; log one that does not answer, since it may later."""
    if not settings.registry_url:
        return
    readers_of(settings)  # a missing package is reported before anything connects
    from stream.formats.registry import SchemaRegistry

    try:
        SchemaRegistry(settings).check()
    except UnavailableError as error:
        log.warning("events with a schema id wait for the registry", reason=str(error))

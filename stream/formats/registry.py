"""A schema registry by Confluent's REST API. An id that it does not have is an answer; no answer is `UnavailableError`.

Source: https://docs.confluent.io/platform/current/schema-registry/develop/api.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, SchemaRegistryError

# The client's own choice between httpx and its successor: errors are of that library.
from confluent_kafka.schema_registry.common._httpx_compat import httpx

from stream.formats.readers import SchemaId
from stream.formats.registry_settings import Registry, RegistryError
from stream.runtime.job import UnavailableError

Answer = TypeVar("Answer")

_TIMEOUT_S = 5
_NOT_FOUND = (40401, 40402, 40403)  # no such subject, version, schema
_NO_SUCH_PATH = 404
_REFUSED = (401, 403)


class UnknownSchemaError(LookupError):
    """A schema that the registry does not have."""


class SchemaRegistry:
    """A client of a registry. Nothing connects before the first question."""

    def __init__(self, settings: Registry) -> None:
        self.url = settings.registry_url
        options = _options(settings)
        self._as_stored = SchemaRegistryClient(options)
        self._serialized = SchemaRegistryClient(options)  # a client keeps one answer for each id, whatever its format

    def check(self) -> None:
        """Raise RegistryError if the registry refuses us, or is none; UnavailableError if it does not answer."""
        try:
            self._as_stored.get_schema_types()
        except SchemaRegistryError as error:
            if error.http_status_code in _REFUSED:
                raise RegistryError(
                    f"the schema registry {self.url} refuses us: {error} "
                    "(SEGUE_REGISTRY_USERNAME and SEGUE_REGISTRY_PASSWORD, or SEGUE_REGISTRY_TOKEN)"
                ) from error
            if error.http_status_code == _NO_SUCH_PATH:
                raise RegistryError(
                    f"{self.url} is not the address of a schema registry's API: {error}. Some need a path, such as "
                    "/apis/ccompat/v7 (SEGUE_REGISTRY_URL)"
                ) from error
            raise UnavailableError(self._silent(error)) from error
        except (httpx.HTTPError, ValueError) as error:
            if "CERTIFICATE" in str(error) or "SSL" in str(error):
                raise RegistryError(
                    f"no trust in the schema registry {self.url}: {error} (SEGUE_REGISTRY_CAFILE, SEGUE_REGISTRY_URL)"
                ) from error
            raise UnavailableError(self._silent(error)) from error

    def schema(self, name: SchemaId, *, serialized: bool = False) -> Schema:
        """Return a schema by id, or by GUID. Raises UnknownSchemaError, UnavailableError."""
        client, form = (self._serialized, "serialized") if serialized else (self._as_stored, None)
        if isinstance(name, UUID):
            return self._ask(lambda: client.get_schema_by_guid(str(name), fmt=form), knows_path=False)
        return self._ask(lambda: client.get_schema(name, fmt=form))

    def version(self, subject: str, version: int, *, serialized: bool = False) -> Schema:
        """Return a version of a subject: a schema that others refer to. Raises UnknownSchemaError, UnavailableError."""
        client, form = (self._serialized, "serialized") if serialized else (self._as_stored, None)
        return self._ask(lambda: client.get_version(subject, version, True, form).schema)

    def _ask(self, question: Callable[[], Answer], knows_path: bool = True) -> Answer:
        """Return the answer. A registry that need not know the path, as older ones do not know GUIDs, may refuse it."""
        try:
            return question()
        except SchemaRegistryError as error:
            if error.error_code in _NOT_FOUND or (error.http_status_code == _NO_SUCH_PATH and not knows_path):
                raise UnknownSchemaError(error.error_message) from error
            raise UnavailableError(self._silent(error)) from error
        except (httpx.HTTPError, ValueError) as error:  # ValueError: an answer that is not JSON
            raise UnavailableError(self._silent(error)) from error

    def _silent(self, error: Exception) -> str:
        return f"the schema registry {self.url} gives no schema: {error or type(error).__name__} (SEGUE_REGISTRY_URL)"


def _options(settings: Registry) -> dict[str, Any]:
    """Return the client's options. One try, since the engine tries again, and no wait without a limit."""
    options: dict[str, Any] = {"url": settings.registry_url, "timeout": _TIMEOUT_S, "max.retries": 0}
    if settings.registry_cafile:
        options["ssl.ca.location"] = settings.registry_cafile
    if settings.registry_username:
        options["basic.auth.user.info"] = f"{settings.registry_username}:{settings.registry_password}"
    if settings.registry_token:
        options["bearer.auth.credentials.source"] = "STATIC_TOKEN"
        options["bearer.auth.token"] = settings.registry_token
        options["bearer.auth.logical.cluster"] = ""  # a header for Confluent Cloud alone
    return options

"""Settings of the schema registry, refused if a password would silently travel unencrypted."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from stream.core.setting import SettingError, check_settings, require, setting
from stream.files.layout import LayoutError, read_columns


class RegistryError(Exception):
    """A registry that cannot be used as it is set up."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Address and credentials of a schema registry; without a URL, records with a schema id are refused.

    Raises SettingError on construction when the settings contradict each other, or the certificate cannot be read.
    """

    registry_url: str = setting(
        "", "Schema registry with Confluent's REST API, for events with a schema id; empty: none. Needs extra registry."
    )
    registry_username: str = setting("", "User at the schema registry (HTTP basic), or an API key.")
    registry_password: str = setting("", "Password at the schema registry, or the API key's secret.", secret=True)
    registry_token: str = setting(
        "", "Bearer token for the schema registry, instead of user and password.", secret=True
    )
    registry_cafile: str = setting(
        "", "PEM file of the authority that signed the registry's certificate; empty: the usual public ones."
    )
    registry_allow_http: bool = setting(False, "Allow a password or token over http, which sends it unencrypted.")

    registry_columns: str = setting(
        "", "Fields of schemas with other names, such as user_id=customer.id,text=title+shelf, as for files' --columns."
    )

    def __post_init__(self) -> None:
        check_settings(self)
        try:
            read_columns(self.registry_columns)
        except LayoutError as error:
            raise SettingError(f"registry_columns: {error} (SEGUE_REGISTRY_COLUMNS)") from error
        if not self.registry_url:
            self._check_unused()
            return
        for url in self.registry_url.split(","):
            self._check_url(url.strip())
        if bool(self.registry_username) != bool(self.registry_password):
            raise SettingError(
                "registry_username and registry_password go together (SEGUE_REGISTRY_USERNAME, SEGUE_REGISTRY_PASSWORD)"
            )
        if self.registry_username and self.registry_token:
            raise SettingError(
                "give either a user and a password or a token (SEGUE_REGISTRY_USERNAME, SEGUE_REGISTRY_TOKEN)"
            )
        self._check_cafile()

    def _check_unused(self) -> None:
        for name in ("registry_username", "registry_password", "registry_token", "registry_cafile", "registry_columns"):
            if getattr(self, name):
                raise SettingError(f"{name} is set but there is no registry to use it at (SEGUE_REGISTRY_URL)")

    def _check_url(self, url: str) -> None:
        parts = urlsplit(url)
        expected = "http:// or https:// with a host, such as https://registry:8081"
        require(parts.scheme in ("http", "https") and bool(parts.hostname), "registry_url", expected, url)
        if "@" in parts.netloc:
            raise SettingError(
                "registry_url must not hold a password, which would be shown: use SEGUE_REGISTRY_USERNAME and "
                "SEGUE_REGISTRY_PASSWORD (SEGUE_REGISTRY_URL)"
            )
        if parts.scheme == "http" and (self.registry_password or self.registry_token) and not self.registry_allow_http:
            raise SettingError(
                "http sends the password or token of the registry unencrypted: use https (SEGUE_REGISTRY_URL), or "
                "allow it with SEGUE_REGISTRY_ALLOW_HTTP=true"
            )

    def _check_cafile(self) -> None:
        if not self.registry_cafile:
            return
        if "https:" not in self.registry_url:
            raise SettingError(
                "registry_cafile is set but the registry is reached by http: use https (SEGUE_REGISTRY_URL)"
            )
        try:
            ssl.create_default_context(cafile=self.registry_cafile)
        except OSError as error:  # ssl.SSLError is one
            raise SettingError(
                f"registry_cafile {self.registry_cafile}: {error.strerror or error}; give a PEM file of certificates "
                "(SEGUE_REGISTRY_CAFILE)"
            ) from error

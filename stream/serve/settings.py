"""Settings of `segue serve`, refused where they would open users' data to a network without a token."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from stream.core.setting import SettingError, check_settings, require, setting

TOKEN_CHARS_MIN = 16


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Address, access and limits of dashboard and API. Raises SettingError for a network address without a token."""

    serve_host: str = setting(
        "127.0.0.1", "Address of dashboard and API. Other than loopback needs SEGUE_SERVE_TOKENS."
    )
    serve_port: int = setting(8765, "Port of dashboard and API; 0 takes a free one.", ge=0, le=65_535)
    serve_tokens: tuple[str, ...] = setting(
        (), "Tokens that open dashboard and API, comma-separated, each of 16 characters or more.", secret=True
    )
    serve_names: tuple[str, ...] = setting(
        (), "Host names that requests may name, comma-separated. Empty: those of loopback, or any elsewhere."
    )
    serve_origins: tuple[str, ...] = setting(
        (), "Origins of pages that may ask the API from a browser (CORS), comma-separated. Empty: none."
    )
    serve_rate: float = setting(
        1_000.0, "Most requests a second of one token or address; bursts of twice as many.", gt=0
    )

    def __post_init__(self) -> None:
        check_settings(self)
        short = [token for token in self.serve_tokens if len(token) < TOKEN_CHARS_MIN or not token.isascii()]
        require(not short, "serve_tokens", f"ASCII, each {TOKEN_CHARS_MIN} characters or more", "***")
        wrong = [origin for origin in self.serve_origins if not _is_origin(origin)]
        require(not wrong, "serve_origins", "scheme://host[:port], such as https://shop.example", wrong[:1])
        if not (self.is_loopback or self.serve_tokens):
            raise SettingError(
                f"serve_host {self.serve_host} can be reached from other machines, and there is no token: set "
                "SEGUE_SERVE_TOKENS, or listen on 127.0.0.1 (SEGUE_SERVE_HOST)"
            )

    @property
    def is_loopback(self) -> bool:
        """True if only programs of this machine can connect."""
        if self.serve_host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.serve_host).is_loopback
        except ValueError:  # a host name, wherever it leads
            return False


def _is_origin(text: str) -> bool:
    scheme, mark, host = text.partition("://")
    return scheme in ("http", "https") and bool(mark) and bool(host) and not set(host) & set("/?#@ *")

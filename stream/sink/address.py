"""The address of an endpoint: http or https, with nothing in it that is a secret or could be misread."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from stream.sink.errors import SinkError

_SETTING = "(--url, SEGUE_SINK_URL)"


def checked_url(url: str, allow_http: bool) -> str:
    """Return `url`. Raise SinkError unless it is an address to send users' ids to."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SinkError(f"the address of the endpoint cannot be read: {error} {_SETTING}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise SinkError(f"the endpoint must be http:// or https:// with a host, got {shown_url(url)!r} {_SETTING}")
    if "@" in parts.netloc:
        raise SinkError(f"the address has a user or a password in it: put it into SEGUE_SINK_HEADERS {_SETTING}")
    if parts.fragment or not url.isascii() or not url.isprintable() or " " in url:
        raise SinkError(f"the address must be ASCII, without spaces and without #…, got {shown_url(url)!r} {_SETTING}")
    if parts.scheme == "http" and not allow_http and not _is_loopback(host):
        raise SinkError(
            f"http:// would send users' ids unencrypted to {host}: use https:// {_SETTING}, or allow it with "
            "SEGUE_SINK_ALLOW_HTTP=true"
        )
    return url


def shown_url(url: str) -> str:
    """Return an address for logs and files: without query, user and password, which may be secrets."""
    scheme, mark, rest = url.partition("://")
    place = rest.split("?")[0].split("#")[0]
    authority, slash, path = place.partition("/")
    return f"{scheme.split('?')[0]}{mark}{authority.rpartition('@')[2]}{slash}{path}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a host name, wherever it leads
        return False

"""Names that a request may give the server in `Host`.

A page of another site can make its own name lead to 127.0.0.1 and then ask as if from there (DNS rebinding). So a
server on loopback answers to the names of loopback only.
"""

from __future__ import annotations

from stream.settings import ServeSettings

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Hosts:
    """Names of a server. Any name will do on other addresses than loopback: there every request has a token."""

    def __init__(self, settings: ServeSettings) -> None:
        self.names = {name.lower() for name in settings.serve_names}
        if settings.is_loopback:
            self.names |= {*_LOOPBACK, _bracketed(settings.serve_host).lower()}

    def allows(self, host: bytes | None) -> bool:
        """Return True if `host`, a name with or without a port, is a name of this server."""
        if not self.names:
            return True
        name = (host or b"").decode("latin-1").lower()
        if not name.endswith("]"):
            name = name.rsplit(":", 1)[0]
        return name in self.names


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

"""Faust's connection settings, none silently weaker than Segue's.

Measured with faust-streaming 0.15.3. When the pin in `workarounds.py` moves, check again:

* `credentials`, `check_protocol`: does SASL without a TLS context still mean plaintext (`faust/auth.py`)?
* `short_timeouts`: are the defaults still 60 s and more (`faust/types/settings/settings.py`)?
"""

from __future__ import annotations

import faust
from faust.transport.drivers import aiokafka as driver

from stream.kafka.connection import Connection
from stream.runtime.options import EngineOptions, EngineSetupError


class FaustConnectionError(EngineSetupError):
    """Faust would connect by another protocol than the settings name."""


def credentials(connection: Connection) -> faust.types.auth.CredentialsT | None:
    """Return credentials with an explicit TLS context.

    Without a context Faust silently connects SASL as plaintext, and `SSLCredentials(cafile=...)` raises.
    """
    settings = connection.aiokafka()
    context = settings.get("ssl_context")
    if connection.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=connection.sasl_username,
            password=connection.sasl_password,
            mechanism=connection.sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


def check_protocol(connection: Connection, given: faust.types.auth.CredentialsT | None) -> None:
    """Raise FaustConnectionError if Faust derives another protocol from the credentials than the settings name."""
    found = driver.credentials_to_aiokafka_auth(given, None)["security_protocol"]
    if found != connection.security_protocol:
        raise FaustConnectionError(
            f"Faust would connect by {found} instead of {connection.security_protocol} (SEGUE_SECURITY_PROTOCOL)"
        )


def short_timeouts(options: EngineOptions) -> dict[str, float]:
    """Return timeouts in seconds. With Faust's defaults a killed worker's partitions wait for a minute."""
    session_s = options.session_timeout_ms / 1000
    return {
        "broker_session_timeout": session_s,
        "broker_heartbeat_interval": max(0.5, session_s / 5),
        "broker_rebalance_timeout": max(15.0, session_s),
        "broker_request_timeout": max(30.0, session_s),
    }

"""Free TCP ports of 127.0.0.1.

Ports are drawn below every system's ephemeral range, which starts at 32768 on Linux and at 49152 on macOS. So no
outgoing connection can take the port of a restarting broker, and no client that retries can connect to itself.
"""

import secrets
import socket
from collections.abc import Collection

LOWEST, HIGHEST = 20_000, 32_000  # [LOWEST, HIGHEST)
N_DRAWS = 200


def is_free(port: int) -> bool:
    """Return True if a server can listen on `port` now. As for Java, a port in TIME_WAIT is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(besides: Collection[int] = ()) -> int:
    """Return a free port not in `besides`, drawn at random so that two callers rarely draw the same one."""
    for _ in range(N_DRAWS):
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        if port not in besides and is_free(port):
            return port
    raise OSError(f"no free port found in [{LOWEST}, {HIGHEST}) on 127.0.0.1 in {N_DRAWS} draws")


def free_ports(n: int) -> list[int]:
    """Return `n` different free ports."""
    found: list[int] = []
    for _ in range(n):
        found.append(free_port(besides=found))
    return found

"""Ports to give to children."""

import os
import secrets
import socket

from ops.processes.children import ProcessError

_given_ports: set[int] = set()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses and that we have not given before.

    They lie below the range from which the kernel serves outgoing connections: a port from that
    range can be taken by anybody between now and its use. WOMANUP_PORTS=20000-26000 keeps to a part
    of it, so that whoever works beside us has the other.
    """
    first, end = map(int, os.environ.get("WOMANUP_PORTS", "20000-32000").split("-"))
    found: list[int] = []
    for _ in range(1000 * count):
        if len(found) == count:
            return found
        port = first + secrets.randbelow(end - first)
        if port not in _given_ports and _is_free(port):
            found.append(port)
            _given_ports.add(port)
    raise ProcessError(f"no {count} free ports between {first} and {end}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

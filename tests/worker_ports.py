"""Ports for servers that a test starts by number: free ones, and of each worker's own range.

Below 32768, where the kernel takes none for a connection: between the look and the server's start nobody else comes.
"""

import os
import random
import socket

FIRST, LAST = 12_000, 32_000
WORKERS = 16


def free_ports(number: int, address: str = "127.0.0.1") -> list[int]:
    """Find ports on which nobody listens, all different.

    Args:
        number: how many.
        address: where nobody listens on them.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    width = (LAST - FIRST) // WORKERS
    own = range(FIRST + worker * width, FIRST + (worker + 1) * width)
    found: list[int] = []
    for port in random.SystemRandom().sample(own, len(own)):  # another run may be under way, and hypothesis sets seeds
        if len(found) == number:
            break
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: what has ended is free
            try:
                probe.bind((address, port))
            except OSError:
                continue
        found.append(port)
    assert len(found) == number, f"no {number} ports are free in {own}"
    return found

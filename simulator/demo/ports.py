"""Free ports on loopback."""

import socket
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


def free(wanted: int = 0) -> int:
    """`wanted` if nobody listens there, else one that the system picks."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free on 127.0.0.1")


def answers(port: int) -> bool:
    """Somebody listens there."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def wait_for(port: int, seconds: float, alive: Callable[[], bool]) -> bool:
    """Until somebody listens there. False: nobody does in time, or `alive` says that nobody will."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and alive():
        if answers(port):
            return True
        time.sleep(0.05)
    return False

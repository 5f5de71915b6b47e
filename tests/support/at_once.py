"""Several acts that fall over each other: how a test asks what two processes do at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Each on a thread of its own, all let go together: what they answered, in their order. Raises what one raised."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        ends = [pool.submit(run, act) for act in acts]
    return [end.result() for end in ends]

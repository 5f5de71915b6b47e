"""Where slow work is done, so that the agent's own thread never waits for a device."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Aside(Protocol):
    """Begins the work, at once or later; its result or its error is in the future, which never raises by itself."""

    def __call__(self, work: Callable[[], T]) -> Future[T]: ...


def inline(work: Callable[[], T]) -> Future[T]:
    """Here and now: for the simulator and for tests, where one thread does everything in order."""
    future: Future[T] = Future()
    _do(work, future)
    return future


class Worker:
    """One thread of its own, in order. It does not hold up the end of the program: a printer may hang just then."""

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def __call__(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        self._queue.put((work, future))
        return future

    def _run(self) -> None:
        while True:
            work, future = self._queue.get()
            _do(work, future)


def _do(work: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(work())
    except Exception as error:  # noqa: BLE001 - whoever asks for the result meets it
        future.set_exception(error)

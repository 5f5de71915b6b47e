"""The seam to MQTT: what an agent and the cloud need of a broker, and no more."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class BusDownError(Exception):
    """There is no connection now. Keep what you have and try again after `on_connect`."""


@dataclass(frozen=True)
class Delivery:
    """One message as it came. Nothing is acknowledged until `ack` is called, from any thread.

    A delivery that is not acknowledged comes again after the next connection; `ack` is harmless when it comes late
    (the connection is gone: the delivery `is_void`) or twice.
    """

    topic: str
    payload: bytes
    retained: bool = False
    ack: Callable[[], None] = field(default=lambda: None, compare=False)
    is_void: Callable[[], bool] = field(default=lambda: False, compare=False)


@dataclass(frozen=True)
class Will:
    """What the broker says for us when we vanish. Always QoS 1 and retained."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class Subscription:
    """`shared` names a group whose members divide the messages between them (MQTT 5; no retained messages)."""

    topic_filter: str
    shared: str | None = None


class Bus(Protocol):
    """At-least-once, unordered between topics: a handler must bear repeats.

    Handlers run on the bus's own thread: they queue the work and return at once, and may not raise
    (an exception there would kill the network thread while the connection looks alive; the bus guards and counts it).
    """

    def start(
        self,
        subscriptions: list[Subscription],
        on_message: Callable[[Delivery], None],
        on_connect: Callable[[], None],
        will: Will | None = None,
    ) -> None:
        """Connect, and stay connected. Returns at once; `on_connect` follows each (re)connection,
        after the subscriptions were granted."""
        ...

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand one message (QoS 1) to the connection. Returning says nothing about its arrival.

        Raises BusDownError when there is no connection.
        """
        ...

    def in_flight(self) -> int:
        """How many published messages the broker has not acknowledged yet."""
        ...

    def hurry(self) -> None:
        """Something urgent waits for a connection: try again soon, however long an outage has made the pauses."""
        ...

    def is_healthy(self) -> bool:
        """The network thread lives, and something was heard from the broker within two keep-alives."""
        ...

    def stop(self) -> None:
        """Say goodbye (no last will) and end. Harmless twice."""
        ...

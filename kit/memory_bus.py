"""A broker in memory, for tests and the simulator: sessions, retained messages, wills, permissions, faults.

Nothing is delivered outside `pump`, and always in the same order: the same run gives the same story.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import structlog
from paho.mqtt.client import topic_matches_sub

from kit.bus import BusDownError, Delivery, Subscription, Will

log = structlog.get_logger()

Allows = Callable[[str | None, Literal["read", "write"], str], bool]
"""May this user (None: nobody said who) read or write this topic?"""


@dataclass(frozen=True)
class _Message:
    topic: str
    payload: bytes
    retained: bool = False


@dataclass
class _Session:
    """What a broker keeps for one client id, connected or not."""

    client_id: str
    username: str | None
    subscriptions: list[Subscription] = field(default_factory=list)
    waiting: deque[_Message] = field(default_factory=deque)
    unacknowledged: dict[object, _Message] = field(default_factory=dict)
    bus: "MemoryBus | None" = None  # the connection, if there is one

    def lose_connection(self) -> None:
        self.bus = None
        self.waiting.extendleft(reversed(self.unacknowledged.values()))
        self.unacknowledged.clear()


class MemoryBroker:
    """Keeps what MQTT brokers keep. One thread; everything moves in `pump`."""

    def __init__(self, allows: Allows = lambda _user, _action, _topic: True, receive_maximum: int = 1000) -> None:
        self.retained: dict[str, _Message] = {}
        self.denied: list[tuple[str, str]] = []  # (client id, topic) of what was refused
        self._allows = allows
        self._receive_maximum = receive_maximum
        self._buses: dict[str, MemoryBus] = {}
        self._sessions: dict[str, _Session] = {}
        self._turn: dict[Subscription, int] = {}
        self._away: set[str] = set()
        self._is_up = True
        self._pumping = False

    def connect(self, client_id: str, username: str | None = None, *, clean: bool = False) -> "MemoryBus":
        """A bus of this broker. One with the same client id takes over, as after the restart of a program."""
        self._cut(client_id)
        bus = MemoryBus(self, client_id, username, clean=clean)
        self._buses[client_id] = bus
        return bus

    def pump(self) -> None:
        """Connect who may connect, and deliver until nothing moves. Within a handler it does nothing."""
        if self._pumping:
            return
        self._pumping = True
        try:
            moved = True
            while moved:
                moved = sum(self._serve(bus) for bus in list(self._buses.values())) > 0
        finally:
            self._pumping = False

    def drop(self, client_id: str, *, stay_away: bool = False) -> None:
        """Cut a connection: its last will is said. It comes back with the next pump, or after `restore`."""
        if stay_away:
            self._away.add(client_id)
        self._cut(client_id)

    def restore(self, client_id: str) -> None:
        self._away.discard(client_id)

    def down(self, *, forget: bool = False) -> None:
        """The broker dies; nobody says a will. `forget`: sessions and retained messages die with it, as brokers'
        memories do at a kill."""
        self._is_up = False
        for session in self._sessions.values():
            session.lose_connection()
        if forget:
            self._sessions.clear()
            self.retained.clear()

    def up(self) -> None:
        self._is_up = True

    def session(self, bus: "MemoryBus") -> _Session | None:
        """None: this bus is not connected now."""
        session = self._sessions.get(bus.client_id)
        return session if session is not None and session.bus is bus else None

    def end(self, bus: "MemoryBus") -> None:
        """A goodbye: the session stays (or ends, if it was clean), and no will is said."""
        if self._buses.get(bus.client_id) is bus:
            del self._buses[bus.client_id]
        session = self.session(bus)
        if session is not None:
            while bus.outgoing:
                self._route(bus, bus.outgoing.popleft())
            session.lose_connection()
            if bus.clean:
                del self._sessions[bus.client_id]

    def _serve(self, bus: "MemoryBus") -> bool:
        """True: something moved."""
        moved = self._let_in(bus)
        session = self.session(bus)
        if session is None:
            return moved
        while bus.outgoing:
            moved = True
            self._route(bus, bus.outgoing.popleft())
        while session.bus is bus and session.waiting and len(session.unacknowledged) < self._receive_maximum:
            moved = True
            message = session.waiting.popleft()
            bus.take(message, session)
        return moved

    def _let_in(self, bus: "MemoryBus") -> bool:
        if not (self._is_up and bus.wants_connection) or bus.client_id in self._away or self.session(bus) is not None:
            return False
        if not all(self._allows(bus.username, "read", each.topic_filter) for each in bus.subscriptions):
            return False  # as the real one: it grants no subscription to more than may be heard
        if bus.clean:
            self._sessions.pop(bus.client_id, None)
        session = self._sessions.setdefault(bus.client_id, _Session(bus.client_id, bus.username))
        session.username, session.bus = bus.username, bus
        session.subscriptions = list(dict.fromkeys([*session.subscriptions, *bus.subscriptions]))
        for subscription in bus.subscriptions:
            if subscription.shared is None:
                self._send_retained(session, subscription.topic_filter)
        bus.connected()
        return True

    def _send_retained(self, session: _Session, topic_filter: str) -> None:
        for message in self.retained.values():
            if topic_matches_sub(topic_filter, message.topic) and self._may_read(session, message.topic):
                session.waiting.append(replace(message, retained=True))

    def _route(self, sender: "MemoryBus", message: _Message) -> None:
        if not self._allows(sender.username, "write", message.topic):
            self.denied.append((sender.client_id, message.topic))
            log.warning("publish_denied", client=sender.client_id, topic=message.topic)
            return
        if message.retained and message.payload:
            self.retained[message.topic] = message
        elif message.retained:
            self.retained.pop(message.topic, None)
        self._fan_out(replace(message, retained=False))

    def _fan_out(self, message: _Message) -> None:
        groups: dict[Subscription, list[_Session]] = {}
        for session in self._sessions.values():
            for subscription in session.subscriptions:
                if not topic_matches_sub(subscription.topic_filter, message.topic):
                    continue
                if not self._may_read(session, message.topic):
                    continue
                if subscription.shared is None:
                    session.waiting.append(message)
                else:
                    groups.setdefault(subscription, []).append(session)
        for subscription, members in groups.items():
            connected = [m for m in members if m.bus is not None] or members
            turn = self._turn[subscription] = self._turn.get(subscription, -1) + 1
            connected[turn % len(connected)].waiting.append(message)

    def _may_read(self, session: _Session, topic: str) -> bool:
        return self._allows(session.username, "read", topic)

    def _cut(self, client_id: str) -> None:
        session = self._sessions.get(client_id)
        if session is None or session.bus is None:
            return
        bus = session.bus
        session.lose_connection()
        if bus.clean:
            del self._sessions[client_id]
        if bus.will is not None:
            self._route(bus, _Message(bus.will.topic, bus.will.payload, retained=True))


class MemoryBus:
    """A `Bus` of a `MemoryBroker`. What was published and not yet taken goes out after the next connection."""

    def __init__(self, broker: MemoryBroker, client_id: str, username: str | None, *, clean: bool) -> None:
        self.client_id = client_id
        self.username = username
        self.clean = clean
        self.subscriptions: list[Subscription] = []
        self.will: Will | None = None
        self.outgoing: deque[_Message] = deque()
        self.wants_connection = False
        self.handler_errors = 0
        self._broker = broker
        self._on_message: Callable[[Delivery], None] = lambda _delivery: None
        self._on_connect: Callable[[], None] = lambda: None

    def start(
        self,
        subscriptions: list[Subscription],
        on_message: Callable[[Delivery], None],
        on_connect: Callable[[], None],
        will: Will | None = None,
    ) -> None:
        self.subscriptions = subscriptions
        self.will = will
        self._on_message = on_message
        self._on_connect = on_connect
        self.wants_connection = True

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        if self._broker.session(self) is None:
            raise BusDownError(f"{self.client_id} has no connection")
        self.outgoing.append(_Message(topic, payload, retain))

    def hurry(self) -> None:
        """Connections of this broker wait for nothing but its `pump`."""

    def in_flight(self) -> int:
        return len(self.outgoing)

    def is_healthy(self) -> bool:
        return self._broker.session(self) is not None

    def stop(self) -> None:
        self.wants_connection = False
        self._broker.end(self)

    def connected(self) -> None:
        """Called by the broker."""
        self._guarded(self._on_connect)

    def take(self, message: _Message, session: _Session) -> None:
        """Called by the broker: one delivery, unacknowledged until its `ack` is called over this connection."""
        token = object()  # of this delivery alone: an acknowledgement from an older connection finds nothing
        session.unacknowledged[token] = message
        delivery = Delivery(
            message.topic, message.payload, message.retained, lambda: _forget(session.unacknowledged, token),
            lambda: token not in session.unacknowledged,
        )  # fmt: skip
        self._guarded(lambda: self._on_message(delivery))

    def _guarded(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self.handler_errors += 1
            log.exception("bus_handler_failed", client=self.client_id)


def _forget(unacknowledged: dict[object, _Message], token: object) -> None:
    unacknowledged.pop(token, None)

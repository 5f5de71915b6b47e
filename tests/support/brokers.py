"""Two worlds with one face: a real Mosquitto with PahoBus, and the broker in memory."""

import contextlib
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from contract import permissions
from kit import dynamic_security, mosquitto_passwords
from kit.bus import Bus, Delivery, Subscription
from kit.dynamic_security import User
from kit.memory_bus import MemoryBroker, MemoryBus
from kit.mosquitto import ACCESS, Mosquitto
from kit.mqtt import PahoBus

PATIENCE_S = 10.0


class World(Protocol):
    """A broker and whoever connects to it."""

    def bus(self, username: str) -> Bus: ...

    def until(self, condition: Callable[[], bool]) -> None:
        """Let things happen until the condition holds.

        Raises AssertionError if it does not come to hold.
        """
        ...

    def settle(self) -> None:
        """Give what must not happen the time to happen."""
        ...

    def cut(self, bus: Bus) -> None:
        """Break this connection; the bus comes back by itself."""
        ...

    def kill_broker(self) -> None: ...

    def start_broker(self) -> None: ...

    def stop_all(self) -> None: ...


@dataclass
class MemoryWorld:
    """Everything in this thread."""

    broker: MemoryBroker = field(default_factory=lambda: MemoryBroker(permissions.allows))

    def bus(self, username: str) -> MemoryBus:
        return self.broker.connect(username, username)

    def until(self, condition: Callable[[], bool]) -> None:
        self.broker.pump()
        assert condition()

    def settle(self) -> None:
        self.broker.pump()

    def cut(self, bus: Bus) -> None:
        assert isinstance(bus, MemoryBus)
        self.broker.drop(bus.client_id)

    def kill_broker(self) -> None:
        self.broker.down(forget=True)

    def start_broker(self) -> None:
        self.broker.up()

    def stop_all(self) -> None:
        """Nothing runs."""


@dataclass
class RealWorld:
    """A real broker; each bus has its own thread."""

    broker: Mosquitto
    passwords: dict[str, str]
    protocol: int = 5
    buses: list[PahoBus] = field(default_factory=list)

    def bus(self, username: str) -> PahoBus:
        made = PahoBus(
            username, "127.0.0.1", self.broker.port, username, self.passwords[username], protocol=self.protocol
        )
        self.buses.append(made)
        return made

    def until(self, condition: Callable[[], bool]) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < until_s, "it did not come to hold in time"
            time.sleep(0.005)

    def settle(self) -> None:
        time.sleep(0.3)

    def cut(self, bus: Bus) -> None:
        assert isinstance(bus, PahoBus)
        client = bus._client
        if client is None:
            return
        with contextlib.suppress(OSError, AttributeError):
            client.socket().shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    def kill_broker(self) -> None:
        self.broker.kill()

    def start_broker(self) -> None:
        self.broker.start()

    def stop_all(self) -> None:
        for bus in self.buses:
            bus.stop()


def let_in(broker: Mosquitto, passwords: dict[str, str]) -> None:
    """Start the broker, or start it again: these users may connect, each with its own rights, and no others."""
    users = [user(name, password) for name, password in passwords.items()]
    broker.stop()
    broker.directory.mkdir(exist_ok=True)
    (broker.directory / ACCESS).write_text(dynamic_security.document(users))
    broker.start()


def user(name: str, password: str) -> User:
    its, salt = permissions.rights(name), secrets.token_bytes(mosquitto_passwords.SALT_BYTES)
    return User(name, its.says, its.hears, "", its.shares, mosquitto_passwords.entry(name, password, salt))


@dataclass
class Listener:
    """Connects and remembers what came. Acknowledges at once, unless told not to."""

    bus: Bus
    acknowledges: bool = True
    deliveries: list[Delivery] = field(default_factory=list)
    connections: int = 0

    def on_message(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        if self.acknowledges:
            delivery.ack()

    def on_connect(self) -> None:
        self.connections += 1

    @property
    def payloads(self) -> list[bytes]:
        return [each.payload for each in self.deliveries]


def listening(world: World, username: str, *subscriptions: Subscription, acknowledges: bool = True) -> Listener:
    """Somebody who is connected and hears."""
    made = Listener(world.bus(username), acknowledges)
    made.bus.start(list(subscriptions), made.on_message, made.on_connect)
    world.until(lambda: made.connections == 1)
    return made


def talking(world: World, username: str) -> Bus:
    """Somebody who is connected and only speaks."""
    return listening(world, username).bus

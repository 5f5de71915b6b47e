"""One paho client whose messages and acknowledgements take a shorter way than through paho.

paho makes the connection, subscribes, publishes, and keeps it alive. What comes in is most of the work of a cloud, and
there paho takes 60 us for a message: it is parsed in `mqtt_packets` instead, and its acknowledgement written there.
"""

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from kit.bus import Subscription
from kit.mqtt_packets import Message, Packets

GOODBYE_S = 2.0
MOST_PACKETS_PER_TURN = 200
UNHEARD_MS = 10_000  # what the other end has not confirmed by then, it will not: a new connection takes it there
OK = MQTTErrorCode.MQTT_ERR_SUCCESS


class WireClient(Client):
    """To be turned by one thread. Others may `publish`, `acknowledge` and `disconnect`.

    `on_wire_message` is called on the turning thread. `heard_s`: when the broker said anything last, an answer to a
    ping included; monotonic.
    """

    def __init__(
        self,
        client_id: str,
        protocol: MQTTProtocolVersion,
        *,
        clean: bool,
        on_wire_message: "Callable[[WireClient, Message], None]",
    ) -> None:
        is_v5 = protocol == MQTTProtocolVersion.MQTTv5
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id, protocol=protocol, clean_session=None if is_v5 else clean,
            reconnect_on_failure=False,
        )  # fmt: skip
        self.heard_s = time.monotonic()
        self._has_properties = is_v5
        self._on_wire_message = on_wire_message
        self._wire: Packets | None = None  # None: no connection was tried
        self._acknowledged: deque[int] = deque()
        self._wakes, self._waker = socket.socketpair()
        for end in (self._wakes, self._waker):
            end.settimeout(0)
        self._is_woken = False
        self.on_socket_open = hurry
        # With this set, paho leaves writing to the turning thread. It is no wake-up: paho calls it not every time.
        self.on_socket_register_write = lambda *_: None

    def turn(self, timeout_s: float, is_enough: Callable[[], bool] = lambda: False, *, reads: bool = True) -> int:
        """Wait; take what has come, until it is enough; send everything that is to leave. OK, or paho's error."""
        wire = self._wire
        if wire is None or self.socket() is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        result, is_flushed = self._write(wire)
        if result != OK or self.socket() is None:
            return result
        self._wait(
            wire, 0.0 if reads and (wire.is_over or wire.holds()) else timeout_s, reads=reads, writes=not is_flushed
        )
        result = self._read(wire, is_enough) if reads else OK
        if result == OK:
            result, _ = self._write(wire)
        return self.loop_misc() if result == OK and self.socket() is not None else result

    def publish(self, *given: Any, **more: Any) -> MQTTMessageInfo:
        """As paho's; leaves at once."""
        info = super().publish(*given, **more)
        self.wake()
        return info

    def acknowledge(self, mid: int) -> None:
        self._acknowledged.append(mid)
        self.wake()

    def close(self) -> None:
        """Whatever waits is dropped."""
        if self._wire is not None:
            self._wire.close()
        self._wakes.close()
        self._waker.close()

    def _create_socket(self) -> Packets:  # type: ignore[override]  # a socket to all who call it
        connected: Any = super()._create_socket()  # a socket, of TLS or not
        self._wire = Packets(connected, has_properties=self._has_properties)
        return self._wire

    def wake(self) -> None:
        """The turning thread looks at once for what is to be done."""
        if not self._is_woken:
            self._is_woken = True
            with suppress(OSError):  # closed meanwhile
                self._waker.send(b"\0")

    def _wait(self, wire: Packets, timeout_s: float, *, reads: bool, writes: bool) -> None:
        asked = select.poll()  # `select` ends with the 1,024th file of a process
        asked.register(self._wakes, select.POLLIN)
        if reads or writes:
            asked.register(wire, (select.POLLIN if reads else 0) | (select.POLLOUT if writes else 0))
        if any(number == self._wakes.fileno() for number, _ in asked.poll(1000 * timeout_s)):
            with suppress(BlockingIOError):
                self._wakes.recv(100)
            self._is_woken = False  # before what it was for is looked at

    def is_flushed(self) -> bool:
        """Nothing waits here to leave."""
        return self._wire is None or not (self._acknowledged or self.want_write() or self._wire.is_sending())

    def _read(self, wire: Packets, is_enough: Callable[[], bool]) -> MQTTErrorCode:
        for _ in range(MOST_PACKETS_PER_TURN):
            message = wire.message()
            if message is not None:
                self._on_wire_message(self, message)
            elif wire.has_packet() or wire.is_over:
                result = self.loop_read()
                if result != OK:
                    return result
            elif wire.fill():
                self.heard_s = time.monotonic()
                continue
            elif not wire.is_over:
                break
            if is_enough():
                break
        return OK

    def _write(self, wire: Packets) -> tuple[MQTTErrorCode, bool]:
        """How it went, and whether everything has left."""
        if self._acknowledged:
            wire.acknowledge([self._acknowledged.popleft() for _ in range(len(self._acknowledged))])
        result = self.loop_write() if self.want_write() else OK
        return result, wire.flush()


def topic_filter(subscription: Subscription) -> str:
    if subscription.shared is None:
        return subscription.topic_filter
    return f"$share/{subscription.shared}/{subscription.topic_filter}"


def hurry(_client: Client, _userdata: object, connected: Any) -> None:
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else an alarm waits 40 ms for company
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; else a dead line is found out by its silence, in a minute
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)


def say_goodbye(client: WireClient) -> None:
    """Send what waits, then DISCONNECT, so that the broker does not say our will."""
    until_s = time.monotonic() + GOODBYE_S
    while not client.is_flushed() and client.socket() is not None and time.monotonic() < until_s:
        if client.turn(0.1) != OK:
            return
    client.disconnect()
    while client.socket() is not None and time.monotonic() < until_s:
        if client.turn(0.1) != OK:
            return

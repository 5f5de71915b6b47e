"""Many agents on one thread: each has its own credential and connection, and says what a real one says at its birth.

paho's external loop turns all of them over one selector. What a client waits before it tries again is an argument.
"""

import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from benchmarks.alarm_stage import CONSENT
from benchmarks.wire import message
from contract import decoding, topics
from contract.fields import State
from contract.messages import AgentState, DeviceReport, Reported, Stored, encode
from contract.topics import Down, Up
from kit import ids
from kit.mqtt import SESSION_EXPIRY_S

AGAIN_S, SOON_S = 30.0, 3.0  # as edge.link: an answer may take so long; so long after the cloud has spoken
LOOK_S, MISC_S = 0.02, 1.0
HOST, KEEPALIVE_S = "127.0.0.1", 60
Wait = Callable[[int], float]
"""How long to wait, in seconds, after so many failures in a row."""


class _Client(Client):
    """Connects without waiting: one that the broker keeps waiting must not hold up the others."""

    def _create_socket_connection(self) -> socket.socket:
        made = socket.socket()
        made.settimeout(0)
        code = made.connect_ex((self._host, self._port))
        if code not in {0, errno.EINPROGRESS}:
            made.close()
            raise ConnectionRefusedError(code)
        return made


@dataclass(eq=False)
class Home:
    """One agent. The moments are monotonic; None: not since the last storm began."""

    name: str
    client: _Client
    stream: str = field(default_factory=ids.system)
    seq: int = 1
    session: int = 0
    failures: int = 0
    try_s: float | None = 0.0  # when to connect next; None: a connection stands, or is being made
    again_s: float | None = None  # when to send the reading again; None: nothing waits for an answer
    connected_s: float | None = None
    stored_s: float | None = None

    def be_born(self) -> None:
        """What a real agent says at once: that it is ready, what it has, and what it holds."""
        self.session += 1
        self._say(Up.STATE, encode(AgentState(state=State.READY, session=self.session)))
        devices = [DeviceReport(device="printer-1", type="printer")]
        reported = Reported(
            stream=self.stream, boot=17, agent_version="1", config=1, consent=CONSENT, devices=devices
        )  # fmt: skip
        self._say(Up.REPORTED, encode(reported))
        self.read()

    def read(self) -> None:
        body = encode(replace(message(self.seq, self.stream), consent=CONSENT))
        self._say(Up.READINGS, body, retain=False)
        self.again_s = time.monotonic() + AGAIN_S

    def hear(self, topic: str, payload: bytes) -> None:
        if topic.endswith(Down.DESIRED) and self.again_s is not None:
            self.again_s = min(self.again_s, time.monotonic() + SOON_S)
        if topic.endswith(Down.STORED):
            said = decoding.decode(payload, Stored)
            assert not said.refused, said.refused
            if said.lane == "readings" and any(first <= self.seq <= last for first, last in said.ranges):
                self.again_s = None
                self.stored_s = self.stored_s or time.monotonic()

    def _say(self, name: Up, body: bytes, *, retain: bool = True) -> None:
        self.client.publish(topics.up(self.name, name), body, qos=1, retain=retain)


class Crowd:
    """`wait` may be changed between two storms."""

    def __init__(self, port: int, passwords: dict[str, str], wait: Wait) -> None:
        self.wait = wait
        self.tries = 0
        self._port = port
        self._sockets = selectors.DefaultSelector()
        self._ending = threading.Event()
        self._failed: Exception | None = None
        self.homes = [self._home(name, password) for name, password in passwords.items()]
        self._thread = threading.Thread(target=self._run, name="crowd", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Each has a new reading to hand over. To be called while nobody is connected."""
        self.tries = 0
        for home in self.homes:
            home.seq += 1
            home.connected_s = home.stored_s = None

    def are_gone(self) -> bool:
        return not any(home.client.is_connected() for home in self.homes)

    def are_done(self) -> bool:
        if self._failed is not None:
            raise self._failed
        return all(home.stored_s is not None for home in self.homes)

    def close(self) -> None:
        self._ending.set()
        self._thread.join()
        for home in self.homes:
            home.client._sock_close()  # noqa: SLF001 - as a power cut ends it: a goodbye of each takes its time
        self._sockets.close()

    def _home(self, name: str, password: str) -> Home:
        client = _Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
        home = Home(name, client)
        client.username_pw_set(name, password)
        client.on_connect = lambda _c, _u, _flags, reason, _p: self._on_connect(home, reason)
        client.on_subscribe = lambda *_: home.be_born()
        client.on_message = lambda _c, _u, told: home.hear(told.topic, told.payload)
        client.on_disconnect = lambda *_: self._lost(home)
        client.on_socket_open = lambda _c, _u, opened: self._sockets.register(opened, selectors.EVENT_READ, home)
        client.on_socket_close = lambda _c, _u, closed: self._sockets.unregister(closed)
        client.on_socket_register_write = lambda _c, _u, used: self._sockets.modify(used, _BOTH, home)
        client.on_socket_unregister_write = lambda _c, _u, used: self._sockets.modify(used, selectors.EVENT_READ, home)
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        asked.SessionExpiryInterval = SESSION_EXPIRY_S
        client.connect_async(HOST, self._port, KEEPALIVE_S, clean_start=False, properties=asked)
        return home

    # --- the thread ---

    def _run(self) -> None:
        misc_s = 0.0
        try:
            while not self._ending.is_set():
                now_s = time.monotonic()
                for home in self.homes:
                    self._do_what_is_due(home, now_s)
                for key, events in self._sockets.select(LOOK_S):
                    _turn(key.data.client, events)
                if now_s > misc_s + MISC_S:
                    misc_s = now_s
                    for home in self.homes:
                        home.client.loop_misc()
        except Exception as error:  # noqa: BLE001 - said by `are_done`, to whoever waits
            self._failed = error

    def _do_what_is_due(self, home: Home, now_s: float) -> None:
        if home.try_s is not None and home.try_s <= now_s:
            home.try_s = None
            self.tries += 1
            try:
                home.client.reconnect()
            except OSError:
                self._lost(home)
        elif home.again_s is not None and home.again_s <= now_s and home.client.is_connected():
            home.read()

    def _on_connect(self, home: Home, reason: Any) -> None:
        assert not reason.is_failure, f"{home.name}: {reason}"
        home.failures = 0
        home.connected_s = home.connected_s or time.monotonic()
        home.client.subscribe(topics.every_down(home.name), qos=1)

    def _lost(self, home: Home) -> None:
        if home.try_s is None:
            home.failures += 1
            home.try_s = time.monotonic() + self.wait(home.failures)


_BOTH = selectors.EVENT_READ | selectors.EVENT_WRITE


def _turn(client: Client, events: int) -> None:
    result = MQTTErrorCode.MQTT_ERR_SUCCESS
    if events & selectors.EVENT_WRITE and client.socket() is not None:
        result = client.loop_write()
    if events & selectors.EVENT_READ and result == MQTTErrorCode.MQTT_ERR_SUCCESS and client.socket() is not None:
        client.loop_read()

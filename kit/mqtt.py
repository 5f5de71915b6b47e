"""The bus over MQTT: paho underneath, with a thread of our own that no exception ends.

Each connection gets a fresh paho client. So an acknowledgement can never reach a connection it was not meant for,
and what was published but not acknowledged is kept here, where it can be counted and given up.
"""

import random
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from kit import mqtt_client
from kit.bus import BusDownError, Delivery, Subscription, Will
from kit.mqtt_client import WireClient
from kit.mqtt_packets import Message

SESSION_EXPIRY_S = 14 * 24 * 3600
WINDOW = 100  # published and not acknowledged by the broker, at once; the rest waits its turn in paho
MOST_TRIES = 3  # a message that breaks three connections (too large, forbidden) would break the next as well
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.2, 30.0
URGENT_WAIT_S = 0.5
CONNECT_TIMEOUT_S = 5.0
PAUSE_S, LONGEST_PAUSE_S = 0.005, 1.0  # of reading, while too much is unacknowledged
MQTT_5, MQTT_311 = 5, 311
GRANTED = 1  # QoS 1; less would lose messages

log = structlog.get_logger()


@dataclass
class _Sent:
    """One published message until the broker has it."""

    topic: str
    payload: bytes
    retain: bool
    info: MQTTMessageInfo
    tries: int = 1

    def has_arrived(self) -> bool:
        return self.info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and self.info.is_published()


@dataclass(eq=False)
class PahoBus:
    """A `Bus` on a real broker. One connection per client id: a second one pushes out the first.

    `clean`: no session; what comes while we are away is not for us. `protocol`: 5, or 311 for brokers that know no
    better (no shared subscriptions there: an ordinary one takes its place, so run one process only).
    `longest_wait_s`: between two tries, while the broker is away.
    """

    client_id: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    clean: bool = False
    receive_maximum: int = 1000
    most_unacknowledged: int = 5_000
    protocol: int = MQTT_5
    keepalive_s: int = 30
    longest_wait_s: float = LONGEST_WAIT_S
    tls: ssl.SSLContext | None = None
    handler_errors: int = field(default=0, init=False)
    _client: WireClient | None = field(default=None, init=False)  # set while a connection is being made or stands
    _is_up: bool = field(default=False, init=False)
    _sent: deque[_Sent] = field(default_factory=deque, init=False)
    _sending: threading.Lock = field(default_factory=threading.Lock, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _roused: threading.Event = field(default_factory=threading.Event, init=False)  # to end a pause between two tries
    _thread: threading.Thread | None = field(default=None, init=False)
    _unacknowledged: set[int] = field(default_factory=set, init=False)  # message ids
    _read_s: float = field(default=float("-inf"), init=False)
    _failures: int = field(default=0, init=False)

    def start(
        self,
        subscriptions: list[Subscription],
        on_message: Callable[[Delivery], None],
        on_connect: Callable[[], None],
        will: Will | None = None,
    ) -> None:
        self._subscriptions = subscriptions
        self._deliver = on_message
        self._on_up = on_connect
        self._will = will
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{self.client_id}", daemon=True)
        self._thread.start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        with self._sending:
            client = self._client
            if client is None or not self._is_up:
                raise BusDownError(f"{self.client_id} has no connection to {self.host}:{self.port}")
            self._forget_arrived()
            info = client.publish(topic, payload, qos=1, retain=retain)
            if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise BusDownError(f"{self.client_id}: {info.rc.name}")
            self._sent.append(_Sent(topic, payload, retain, info))

    def in_flight(self) -> int:
        with self._sending:
            self._forget_arrived()
            return sum(not sent.has_arrived() for sent in self._sent)

    def hurry(self) -> None:
        if not self._is_up:
            self._roused.set()

    def is_healthy(self) -> bool:
        alive = self._thread is not None and self._thread.is_alive()
        client = self._client
        return alive and self._is_up and client is not None and time.monotonic() - client.heard_s < 2 * self.keepalive_s

    def stop(self) -> None:
        self._stopping.set()
        self._roused.set()
        client = self._client
        if client is not None:
            client.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=CONNECT_TIMEOUT_S + mqtt_client.GOODBYE_S + 1)

    # --- the thread ---

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._one_connection()
            except Exception as error:  # noqa: BLE001 - the thread must outlive whatever paho or the network raise
                self._lost(repr(error))
            if not self._stopping.is_set():
                self._pause()

    def _pause(self) -> None:
        """Between two tries. Whoever hurries still leaves a little time: a broker that is away is not hammered."""
        longest_s = min(self.longest_wait_s, SHORTEST_WAIT_S * 2 ** min(self._failures, 20))
        longest_s = random.uniform(longest_s / 2, longest_s)  # noqa: S311 - spreads a stampede
        began_s = time.monotonic()
        if self._roused.wait(longest_s):
            self._roused.clear()  # afterwards only: what came before the pause began, `stop` too, counts
            self._stopping.wait(max(0.0, min(longest_s, URGENT_WAIT_S) - (time.monotonic() - began_s)))

    def _one_connection(self) -> None:
        client = self._new_client()
        self._client, self._unacknowledged = client, set()
        try:
            self._open(client)
            result: int = mqtt_client.OK
            while result == mqtt_client.OK and not self._stopping.is_set():
                result = self._turn(client)
            if self._stopping.is_set():
                mqtt_client.say_goodbye(client)
            else:
                self._lost(MQTTErrorCode(result).name)
        finally:
            self._is_up = False
            self._client = None
            client.close()

    def _turn(self, client: WireClient) -> int:
        """What comes and what leaves; while far too much is unacknowledged, mostly what leaves.

        Mosquitto before 2.0.13 counts each acknowledgement twice, and so sends far more than its window: all that it
        has, in the end.
        """
        now_s = time.monotonic()
        if not self._is_too_much() or now_s > self._read_s + LONGEST_PAUSE_S:
            self._read_s = now_s
            return client.turn(1.0, self._is_too_much)
        return client.turn(PAUSE_S, reads=False)

    def _is_too_much(self) -> bool:
        return len(self._unacknowledged) > self.most_unacknowledged

    def _lost(self, why: str) -> None:
        self._failures += 1
        if self._failures == 1:  # an outage is said once
            log.warning("bus_lost", client=self.client_id, why=why)

    def _new_client(self) -> WireClient:
        versions = {MQTT_5: MQTTProtocolVersion.MQTTv5, MQTT_311: MQTTProtocolVersion.MQTTv311}
        client = WireClient(self.client_id, versions[self.protocol], clean=self.clean, on_wire_message=self._on_message)
        client.max_inflight_messages_set(WINDOW)
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        if self.username is not None:
            client.username_pw_set(self.username, self.password)
        if self.tls is not None:
            client.tls_set_context(self.tls)
        if self._will is not None:
            client.will_set(self._will.topic, self._will.payload, qos=1, retain=True)
        return client

    def _open(self, client: WireClient) -> None:
        if self.protocol != MQTT_5:
            client.connect(self.host, self.port, self.keepalive_s)
            return
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        asked.ReceiveMaximum = self.receive_maximum
        asked.SessionExpiryInterval = 0 if self.clean else SESSION_EXPIRY_S
        client.connect(self.host, self.port, self.keepalive_s, clean_start=self.clean, properties=asked)

    # --- paho's callbacks: on our thread, within `loop` ---

    def _on_connect(self, client: Client, _userdata: object, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            raise ConnectionRefusedError(f"the broker says: {reason}")
        if not self._subscriptions:
            self._up(client)
            return
        if self.protocol == MQTT_5:
            client.subscribe(
                [(mqtt_client.topic_filter(each), SubscribeOptions(qos=1)) for each in self._subscriptions]
            )
        else:
            client.subscribe([(each.topic_filter, 1) for each in self._subscriptions])

    def _on_subscribe(self, client: Client, _userdata: object, _mid: int, reasons: list[Any], _properties: Any) -> None:
        if any(reason.value != GRANTED for reason in reasons):
            raise ConnectionRefusedError(f"subscriptions not granted: {[str(reason) for reason in reasons]}")
        self._up(client)

    def _up(self, client: Client) -> None:
        self._send_again(client)
        self._is_up = True
        if self._failures:
            log.info("bus_back", client=self.client_id, after_tries=self._failures)
        self._failures = 0
        self._guarded(self._on_up)

    def _send_again(self, client: Client) -> None:
        with self._sending:
            old = [sent for sent in self._sent if not sent.has_arrived()]
            self._sent.clear()
            for sent in old:
                if sent.tries == MOST_TRIES:
                    log.error("publish_given_up", client=self.client_id, topic=sent.topic, tries=sent.tries)
                    continue
                info = client.publish(sent.topic, sent.payload, qos=1, retain=sent.retain)
                self._sent.append(_Sent(sent.topic, sent.payload, sent.retain, info, sent.tries + 1))

    def _on_message(self, client: WireClient, message: Message) -> None:
        acknowledge = self._acknowledge(client, message.mid) if message.mid is not None else lambda: None
        try:
            topic = message.topic.decode()
        except UnicodeDecodeError:
            acknowledge()  # a topic that is no text is none of ours
            return
        delivery = Delivery(
            topic, message.payload, message.retained, acknowledge, lambda: self._client is not client
        )  # fmt: skip
        self._guarded(lambda: self._deliver(delivery))

    def _acknowledge(self, client: WireClient, mid: int) -> Callable[[], None]:
        waiting = self._unacknowledged
        left = [mid]  # emptied by the first call: pop is atomic
        waiting.add(mid)

        def ack() -> None:
            if self._client is client and left:
                try:
                    left.pop()
                except IndexError:
                    return  # another thread was first
                waiting.discard(mid)
                client.acknowledge(mid)

        return ack

    def _on_publish(self, _client: Client, _userdata: object, mid: int, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.error("publish_refused", client=self.client_id, mid=mid, reason=str(reason))

    def _guarded(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            self.handler_errors += 1
            log.exception("bus_handler_failed", client=self.client_id)

    def _forget_arrived(self) -> None:
        while self._sent and self._sent[0].has_arrived():
            self._sent.popleft()

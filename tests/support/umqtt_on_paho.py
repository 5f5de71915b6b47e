"""What a board's `umqtt.simple` does, by paho: one thread, and `publish` waits for the broker's acknowledgement."""

import time
from collections.abc import Callable

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

PATIENCE_S = 5.0


class MQTTClient:
    """The same methods, the same order of arguments, the same OSError."""

    def __init__(self, client_id: str, server: str, port: int, password: str) -> None:
        self._of = (client_id, server, port, password)
        self._will: tuple[str, bytes, bool, int] | None = None
        self._heard: Callable[[bytes, bytes], None]
        self._came = 0
        self._paho: Client
        self.pid = 0

    def set_callback(self, heard: Callable[[bytes, bytes], None]) -> None:
        self._heard = heard

    def set_last_will(self, topic: str, msg: bytes, retain: bool = False, qos: int = 0) -> None:
        self._will = (topic, msg, retain, qos)

    def connect(self, clean_session: bool = True) -> None:
        client_id, server, port, password = self._of
        self._paho = Client(CallbackAPIVersion.VERSION2, client_id, clean_session=clean_session)
        self._paho.username_pw_set(client_id, password)
        self._paho.on_message = self._on_message
        if self._will is not None:
            topic, msg, retain, qos = self._will
            self._paho.will_set(topic, msg, qos, retain)
        self._paho.connect(server, port, keepalive=30)
        self._until(self._paho.is_connected)

    def subscribe(self, topic: str, qos: int = 0) -> None:
        granted: list[object] = []
        self._paho.on_subscribe = lambda *_: granted.append(True)
        self._paho.subscribe(topic, qos)
        self._until(lambda: bool(granted))

    def publish(self, topic: str, msg: bytes, retain: bool = False, qos: int = 0) -> None:
        self.pid += 1
        info = self._paho.publish(topic, msg, qos, retain)
        self._until(info.is_published)

    def check_msg(self) -> object:
        before = self._came
        self._turn(0.001)
        return None if self._came == before else 0x30

    def ping(self) -> None:
        """Nothing to do: paho does it."""

    def disconnect(self) -> None:
        self._paho.disconnect()

    def _on_message(self, _client: object, _userdata: object, message: MQTTMessage) -> None:
        self._came += 1
        self._heard(message.topic.encode(), message.payload)

    def _until(self, condition: Callable[[], bool]) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while not condition():
            self._turn(0.01)
            if time.monotonic() > until_s:
                raise OSError("no answer from the broker")

    def _turn(self, timeout_s: float) -> None:
        if self._paho.loop(timeout_s) != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise OSError("the connection is gone")

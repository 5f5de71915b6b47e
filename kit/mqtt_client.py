"""What one paho client needs at its begin and at its end."""

import socket
import time
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

from kit.bus import Subscription

GOODBYE_S = 2.0


def topic_filter(subscription: Subscription) -> str:
    if subscription.shared is None:
        return subscription.topic_filter
    return f"$share/{subscription.shared}/{subscription.topic_filter}"


def hurry(_client: Client, _userdata: object, connected: Any) -> None:
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else an alarm waits 40 ms for company


def leave_to_the_loop(_client: Client, _userdata: object, _socket: object) -> None:
    return


def say_goodbye(client: Client) -> None:
    """Send what waits, then DISCONNECT, so that the broker does not say our will."""
    client.disconnect()
    until_s = time.monotonic() + GOODBYE_S
    while client.want_write() and time.monotonic() < until_s:
        if client.loop(timeout=0.1) != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return


def close(client: Client) -> None:
    open_socket = client.socket()
    if open_socket is not None:
        open_socket.close()

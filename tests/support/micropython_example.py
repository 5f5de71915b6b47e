"""The example `main.py` in a real MicroPython, on a board that is made up here: some rounds of its loop."""

import json
import os
import sys

from life import Flash

ROUNDS = 6
WISH = b'{"config":1,"consent":1,"purposes":["supply"],"poll_s":1}'


class Module:
    """Something to import from."""

    def __init__(self, **names):
        for name, value in names.items():
            setattr(self, name, value)


class EndError(Exception):
    """Enough rounds."""


class Watchdog:
    fed = 0

    def __init__(self, timeout):
        self.timeout = timeout

    def feed(self):
        Watchdog.fed += 1
        if Watchdog.fed > ROUNDS:
            raise EndError


class Station:
    def __init__(self, _):
        self.is_connected = False

    def active(self, _):
        pass

    def isconnected(self):
        return self.is_connected

    def connect(self, _ssid, _key):
        self.is_connected = True


class Adc:
    def __init__(self, _):
        pass

    def read_u16(self):
        return 16_250


class MqttClient:
    """Acknowledges everything, and has a wish waiting."""

    def __init__(self, client_id, server, port, user, password, keepalive):
        self.pid = 0
        print("connect", client_id, server, port, user, password, keepalive)

    def set_callback(self, heard):
        self.heard = heard

    def set_last_will(self, topic, msg, retain, qos):
        print("will", topic, str(msg, "utf-8"), retain, qos)

    def connect(self, _clean):
        pass

    def subscribe(self, topic, qos):
        print("subscribe", topic, qos)
        self.heard(topic.replace("+", "desired").encode(), WISH)

    def publish(self, topic, msg, retain, qos):
        print("publish", topic, str(msg, "utf-8"), retain, qos)

    def check_msg(self):
        return None


def acts():
    os.urandom = lambda size: bytes(range(size))
    umqtt = Module(MQTTClient=MqttClient)
    sys.modules["umqtt"], sys.modules["umqtt.simple"] = Module(simple=umqtt), umqtt
    sys.modules["machine"] = Module(WDT=Watchdog, ADC=Adc, Pin=lambda number: number)
    sys.modules["network"] = Module(WLAN=Station, STA_IF=0)
    sys.modules["ntptime"] = Module(settime=lambda: None)
    sys.modules["esp32"] = Module(Partition=lambda _: Flash())
    with open("/settings.json", "w") as file:
        json.dump({"agent": "board-1", "password": "p", "broker": "b", "port": 1883, "ssid": "s", "key": "k"}, file)
    from main import main

    try:
        main()
    except EndError:
        print("ended")
    yield

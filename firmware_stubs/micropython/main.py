"""An example for an ESP32 with a scale under the milk; where a Pico W differs, a line says so.

Copy `forehand/` to the board's `/lib`, this file to `/main.py`, and write `/settings.json`:
{"agent": "...", "password": "...", "broker": "...", "port": 1883, "ssid": "...", "key": "..."}
"""

import json
import os
import time

import machine
import network
import ntptime
from esp32 import Partition  # Pico W: rp2.Flash
from umqtt.simple import MQTTClient

from forehand.client import Client
from forehand.connection import Connection
from forehand.moments import Moments

UNIX_MS = 946_684_800_000 if time.gmtime(0)[0] == 2000 else 0  # most boards count from 2000
WATCHDOG_MS = 120_000  # Pico W: at most 8388
KEEPALIVE_S = 60
DEVICES = (
    {
        "device": "fridge-1", "type": "scale", "serial": "SCALE-0001",
        "slots": ({"slot": "milk", "kind": "amount_g"},),
    },
)  # fmt: skip


def read_scale():
    """Grams, or None where the sensor says nothing: replace this by your sensor."""
    counts = machine.ADC(machine.Pin(34)).read_u16()
    return None if counts in (0, 65_535) else counts * 0.05


class Board:
    """What the client wants of a board."""

    page = 256

    def __init__(self, settings):
        mqtt = MQTTClient(
            settings["agent"], settings["broker"], settings["port"], user=settings["agent"],
            password=settings["password"], keepalive=KEEPALIVE_S,
        )  # fmt: skip
        self.ticks_ms = time.ticks_ms
        self.random = os.urandom
        self.flash = Partition("spool")  # 128 KB. Pico W: Flash(start=..., len=131072), behind a smaller file system
        self.is_set = False  # the clock
        self.connection = Connection(mqtt, Moments(time.ticks_ms, self.now_ms).up_ms, KEEPALIVE_S)
        self.publish = self.connection.publish

    def now_ms(self):
        return UNIX_MS + time.time() * 1000 if self.is_set else None

    def set_clock(self):
        try:
            ntptime.settime()
            self.is_set = True
        except OSError:
            pass  # the rows are dated later, by an anchor


def join(settings):
    station = network.WLAN(network.STA_IF)
    station.active(True)  # noqa: FBT003 - the board's words
    if not station.isconnected():
        station.connect(settings["ssid"], settings["key"])
    return station


def look(client):
    grams = read_scale()
    client.measured(
        [
            {
                "device": "fridge-1", "slot": "milk", "kind": "amount_g", "value": grams, "resolution": 1,
                "quality": "unknown" if grams is None else "good", "basis": "scale",
            }
        ]
    )  # fmt: skip


def main():
    with open("/settings.json") as file:
        settings = json.load(file)
    watchdog = machine.WDT(timeout=WATCHDOG_MS)
    station, board = join(settings), Board(settings)
    client = Client(board, settings["agent"], DEVICES)
    board.connection.serve(client)
    looked = None
    while True:
        watchdog.feed()
        if station.isconnected():
            if not board.is_set:
                board.set_clock()
            board.connection.work()
        wish = client.spool.wish
        every_ms = (wish["poll_s"] if wish else 900) * 1000
        if looked is None or time.ticks_diff(time.ticks_ms(), looked) >= every_ms:
            looked = time.ticks_ms()
            look(client)
        client.step()
        time.sleep_ms(max(20, min(200, client.idle_ms())))


if __name__ == "__main__":
    main()

"""The agent as a program, with a wristband on the network and a printer that hangs: from the button to the broker."""

import json
import os
import queue
import socket
import statistics
import subprocess
import sys
import time

import pytest

from contract import topics
from contract.alarms import Alarm, AlarmKind
from contract.decoding import decode
from contract.fields import Kind, Purpose, Quality
from contract.messages import Desired, Reading, Readings, Reported, Stored, encode
from contract.topics import Down, Up
from edge.spool import READINGS, Spool
from edge.spool_file import Setup
from kit.bus import Subscription
from kit.ids import seeded
from kit.mqtt import PahoBus
from tests import movements
from tests.shared import ROOT

ME = "pi-1"
PATIENCE_S = 30
CALLS = 20
BACKLOG = 5_000


class Cloud:
    """Hears alarms, and answers them."""

    def __init__(self, port, password):
        self.alarms = queue.SimpleQueue()
        self.reports = queue.SimpleQueue()
        self.readings = 0
        self.bus = PahoBus("cloud", "127.0.0.1", port, "cloud", password)
        wanted = [Subscription(topics.every_up(name)) for name in (Up.ALARMS, Up.READINGS, Up.REPORTED)]
        self.bus.start(wanted, self._hear, lambda: None)

    def _hear(self, delivery):
        delivery.ack()
        if delivery.topic.endswith("reported"):
            self.reports.put(decode(delivery.payload, Reported))
            return
        if delivery.topic.endswith("readings"):
            readings = decode(delivery.payload, Readings)
            self.readings += 1
            answer = Stored(stream=readings.stream, lane="readings", ranges=[[readings.seq, readings.seq]])
            self.bus.publish(topics.down(ME, Down.STORED), encode(answer))
            return
        alarm = decode(delivery.payload, Alarm)
        self.alarms.put((time.monotonic(), alarm))
        answer = Stored(stream=alarm.stream, lane="alarms", ranges=[[alarm.seq, alarm.seq]])
        self.bus.publish(topics.down(ME, Down.STORED), encode(answer))

    def armed(self):
        """Until the agent says that the wish is in force."""
        while Purpose.SAFETY not in (self.reports.get(timeout=PATIENCE_S).purposes or []):
            pass


@pytest.fixture
def printer():
    """It takes the call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def gateway():
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(PATIENCE_S)
        yield made


@pytest.fixture
def cloud(broker, passwords):
    made = Cloud(broker.port, passwords["cloud"])
    yield made
    made.bus.stop()


@pytest.fixture
def backlog(tmp_path):
    """What the agent has measured in a long outage."""
    spool = Spool.open(Setup(tmp_path / "state", "earlier", ballast_bytes=0), seeded(1))
    spool.belong_to(ME)
    reading = Reading(
        device="p", slot="1", up_ms=1, kind=Kind.COUNT, value=1, quality=Quality.GOOD, basis="counter"
    )  # fmt: skip

    def build(seq):
        return encode(
            Readings(stream=spool.stream, seq=seq, boot=1, purpose=Purpose.SUPPLY, consent=1, readings=[reading])
        )

    for _ in range(BACKLOG):
        spool.put(READINGS, Purpose.SUPPLY, build)
    spool.close()


@pytest.fixture
def band(tmp_path, broker, passwords, printer, gateway, cloud):
    """The wristband's end of the line, while the agent runs."""
    (tmp_path / "agent.toml").write_text(
        f'agent = "{ME}"\n[broker]\nhost = "127.0.0.1"\nport = {broker.port}\npassword = "{passwords[ME]}"\n'
        f'[[devices]]\nname = "printer-1"\ntype = "ipp"\naddress = "ipp://127.0.0.1:{printer.getsockname()[1]}/ipp"\n'
        f'[[devices]]\nname = "w-1"\ntype = "wristband"\naddress = "tcp://127.0.0.1:{gateway.getsockname()[1]}"\n'
    )
    time.sleep(0.5)
    wish = Desired(config=1, consent=1, purposes=[Purpose.SAFETY, Purpose.SUPPLY], poll_s=1, prealarm_s=5)
    cloud.bus.publish(topics.down(ME, Down.DESIRED), encode(wish), retain=True)
    command = [sys.executable, "-m", "edge", "--config", str(tmp_path / "agent.toml")]
    with (tmp_path / "log").open("w") as log:
        agent = subprocess.Popen(command, cwd=ROOT, stdout=log, env=os.environ | {"PYTHONUNBUFFERED": "1"})
        connection, _ = gateway.accept()
        cloud.armed()
        with connection:
            yield connection
        agent.terminate()
        assert agent.wait(PATIENCE_S) == 0


def latencies(band, cloud):
    """Seconds from each press to its arrival."""
    took_s = []
    for _ in range(CALLS):
        began = time.monotonic()
        say(band, button="sos")
        at, alarm = cloud.alarms.get(timeout=PATIENCE_S)
        took_s.append(at - began)
        say(band, button="up")
        assert alarm.kind is AlarmKind.SOS
    return took_s


def say(band, **said):
    band.sendall(json.dumps(said).encode() + b"\n")


def test_from_the_button_to_the_broker_while_a_printer_hangs(band, cloud):
    took_s = latencies(band, cloud)

    assert statistics.median(took_s) < 0.1
    assert max(took_s) < 1


def test_from_the_button_to_the_broker_before_thousands_of_readings(backlog, band, cloud):
    took_s = latencies(band, cloud)

    assert cloud.readings < BACKLOG
    assert statistics.median(took_s) < 0.25
    assert max(took_s) < 2


def test_a_fall_in_real_time_makes_the_wristband_buzz_and_is_confirmed(band, cloud):
    lived = movements.standing(3) + movements.falling() + movements.lying(8)
    for start in range(0, len(lived), 10):
        say(band, fs_hz=50, acc_mg=movements.in_turn(lived[start : start + 10]), worn=True)
        time.sleep(0.2)

    suspected, confirmed = (cloud.alarms.get(timeout=PATIENCE_S) for _ in range(2))
    assert suspected[1].alarm_id == confirmed[1].alarm_id
    assert 4.5 < confirmed[0] - suspected[0] < 6
    buzzed = [json.loads(line)["buzz"] for line in band.recv(1000).splitlines()]
    assert buzzed == ["prealarm", "off"]

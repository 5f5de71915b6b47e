"""The agent as a program before a cloud that hears and never answers: the second way, a hang in it, and a kill."""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from contract import topics
from contract.alarms import Alarm
from contract.decoding import decode
from contract.fields import Purpose
from contract.messages import Desired, Reported, encode
from contract.topics import Down, Up
from edge.second_way import GREETED_MS
from kit.bus import Subscription
from kit.mqtt import PahoBus
from tests.shared import ROOT

ME = "pi-1"
PATIENCE_S = 30


class Silent:
    """A cloud that takes everything from the broker and says nothing of it."""

    def __init__(self, port, password):
        self.alarms, self.reports = queue.SimpleQueue(), queue.SimpleQueue()
        self.bus = PahoBus("cloud", "127.0.0.1", port, "cloud", password)
        wanted = [Subscription(topics.every_up(name)) for name in (Up.ALARMS, Up.REPORTED)]
        is_up = threading.Event()
        self.bus.start(wanted, self._hear, is_up.set)
        assert is_up.wait(PATIENCE_S)

    def _hear(self, delivery):
        delivery.ack()
        if delivery.topic.endswith("reported"):
            self.reports.put(decode(delivery.payload, Reported))
        else:
            self.alarms.put((time.monotonic(), decode(delivery.payload, Alarm)))

    def armed(self):
        while Purpose.SAFETY not in (self.reports.get(timeout=PATIENCE_S).purposes or []):
            pass


class Home:
    """A program in the home. `hangs`: it takes the request and does not answer while that is set."""

    def __init__(self):
        self.heard, self.hangs = queue.SimpleQueue(), threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                outer.heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                while outer.hangs.is_set():
                    time.sleep(0.05)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # who hung up before the answer is no error here
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def home():
    made = Home()
    yield made
    made.hangs.clear()
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def cloud(broker, passwords):
    made = Silent(broker.port, passwords["cloud"])
    wish = Desired(config=1, consent=1, purposes=[Purpose.SAFETY])
    made.bus.publish(topics.down(ME, Down.DESIRED), encode(wish), retain=True)
    yield made
    made.bus.stop()


@pytest.fixture
def start(tmp_path, broker, passwords, home, cloud):
    """Start the agent; it, and the wristband's end of the line."""
    started = []
    with socket.create_server(("127.0.0.1", 0)) as gateway:
        gateway.settimeout(PATIENCE_S)
        (tmp_path / "agent.toml").write_text(
            f'agent = "{ME}"\nunheard_after_s = 1\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {broker.port}\npassword = "{passwords[ME]}"\n'
            f'[second_way]\ntype = "webhook"\naddress = "http://127.0.0.1:{home.server.server_port}/alarm"\n'
            f'timeout_s = 2\n[[devices]]\nname = "w-1"\ntype = "wristband"\n'
            f'address = "tcp://127.0.0.1:{gateway.getsockname()[1]}"\n'
        )

        def run():
            command = [sys.executable, "-m", "edge", "--config", str(tmp_path / "agent.toml")]
            with (tmp_path / "log").open("a") as log:
                agent = subprocess.Popen(command, cwd=ROOT, stdout=log, env=os.environ | {"PYTHONUNBUFFERED": "1"})
            band, _ = gateway.accept()
            started.append((agent, band))
            cloud.armed()
            return agent, band

        yield run
        for agent, band in started:
            band.close()
            agent.kill()
            agent.wait(PATIENCE_S)


def call_for_help(band):
    band.sendall(b'{"button":"sos"}\n{"button":"up"}\n')


def buzzes(band):
    return [json.loads(line)["buzz"] for line in band.recv(1000).splitlines()]


def test_the_wearer_and_the_home_hear_of_what_the_cloud_does_not_answer_and_nothing_waits_for_a_hang(
    start, home, cloud
):
    home.hangs.set()
    agent, band = start()
    band.settimeout(PATIENCE_S)
    call_for_help(band)
    first = home.heard.get(timeout=PATIENCE_S)
    _, alarm = cloud.alarms.get(timeout=PATIENCE_S)
    assert (first["alarm_id"], first["kind"], first["attempt"]) == (alarm.alarm_id, "sos", 1)
    assert buzzes(band) == ["unheard"]

    began = time.monotonic()
    call_for_help(band)  # while the home hangs on the first
    at, other = cloud.alarms.get(timeout=PATIENCE_S)
    assert (at - began < 1, other.alarm_id != alarm.alarm_id) == (True, True)
    assert home.heard.get(timeout=PATIENCE_S)["alarm_id"] == other.alarm_id  # when the first one's time was over
    home.hangs.clear()
    again = home.heard.get(timeout=PATIENCE_S)
    assert (again["alarm_id"], again["attempt"]) == (alarm.alarm_id, 2)
    time.sleep(1)  # the answers are noted
    agent.kill()
    agent.wait(PATIENCE_S)
    band.close()

    start()
    with pytest.raises(queue.Empty):
        home.heard.get(timeout=GREETED_MS / 1000 + 3)


def test_what_was_not_taken_before_a_kill_is_taken_after_it(start, home):
    home.hangs.set()
    agent, band = start()
    call_for_help(band)
    before = home.heard.get(timeout=PATIENCE_S)
    agent.kill()
    agent.wait(PATIENCE_S)
    band.close()
    home.hangs.clear()

    start()

    assert home.heard.get(timeout=PATIENCE_S)["alarm_id"] == before["alarm_id"]

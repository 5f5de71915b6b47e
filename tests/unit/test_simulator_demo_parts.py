"""What the demo starts, it also ends; and its try-out broker keeps each agent to its own topics."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kit import dynamic_security
from kit.bus import Delivery, Subscription
from kit.mqtt import PahoBus
from simulator.demo import ports
from simulator.demo.children import ChildError, Children
from tests.support.brokers import user

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"]
WITH_A_CHILD = [
    sys.executable,
    "-c",
    (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(p.pid, flush=True); time.sleep(60)"
    ),
]


def until(fulfilled: Callable[[], object], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if fulfilled():
            return True
        time.sleep(0.05)
    return False


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def children(tmp_path) -> Iterator[Children]:
    made = Children(tmp_path)
    yield made
    made.stop()


def test_a_free_port_is_the_wanted_one_or_another():
    port = ports.free()

    with socket.create_server(("127.0.0.1", port)):
        assert ports.answers(port)
        assert ports.free(port) != port
    assert ports.free(port) == port


def test_every_child_ends_with_the_demo(children):
    started = [children.start(f"c{n}", command) for n, command in enumerate((SLEEPS, SLEEPS))]
    children.check()

    children.stop()

    assert not any(child.is_alive() for child in started)


def test_a_child_that_does_not_listen_is_killed(children, monkeypatch):
    monkeypatch.setattr("simulator.demo.children._GRACE_S", 0.5)
    stubborn = children.start("stubborn", STUBBORN)
    time.sleep(0.5)

    children.stop()

    assert stubborn.process.returncode == -signal.SIGKILL


def test_children_of_children_end_too(children, tmp_path):
    children.start("parent", WITH_A_CHILD)
    assert until(lambda: (tmp_path / "parent.log").read_text().strip())
    grandchild = int((tmp_path / "parent.log").read_text())

    children.stop()

    assert until(lambda: not is_running(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux's own")
def test_children_die_with_a_demo_that_is_killed(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from simulator.demo.children import Children;"
        "c = Children(Path(sys.argv[1])).start('child', [sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(c.process.pid, flush=True); time.sleep(60)"
    )
    demo = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    assert demo.stdout is not None
    child = int(demo.stdout.readline())
    assert until(lambda: b"time.sleep" in Path(f"/proc/{child}/cmdline").read_bytes())
    time.sleep(0.3)

    os.kill(demo.pid, signal.SIGKILL)
    demo.wait()
    demo.stdout.close()

    assert until(lambda: not is_running(child))


def test_a_child_that_ends_early_is_told_with_its_last_words(children):
    children.start("cloud", [sys.executable, "-c", "raise SystemExit('no database')"])

    assert until(lambda: not children._all[0].is_alive())
    with pytest.raises(ChildError, match="no database"):
        children.check()


@pytest.fixture
def try_out(tmp_path, children) -> int:
    access = tmp_path / "dynamic-security.json"
    access.write_text(dynamic_security.document([user(name, f"{name}-password") for name in ("cloud", "home-1")]))
    port = ports.free()
    program = (
        "import asyncio, sys; from pathlib import Path; from simulator.demo import try_out_broker;"
        "asyncio.run(try_out_broker.serve(int(sys.argv[1]), Path(sys.argv[2])))"
    )
    child = children.start("broker", [sys.executable, "-c", program, str(port), str(access)])
    assert ports.wait_for(port, 15, child.is_alive), child.last_words()
    return port


def test_the_try_out_broker_lets_an_agent_speak_for_itself_only(try_out):
    heard: list[str] = []
    up: list[str] = []

    def note(delivery: Delivery) -> None:
        heard.append(delivery.topic)
        delivery.ack()

    def bus(name: str, password: str, topic_filter: str) -> PahoBus:
        made = PahoBus(name, "127.0.0.1", try_out, name, password, protocol=311)
        made.start([Subscription(topic_filter)], note, lambda: up.append(name))
        return made

    cloud = bus("cloud", "cloud-password", "forehand/v1/+/up/readings")
    home = bus("home-1", "home-1-password", "forehand/v1/home-1/down/+")
    stranger = bus("home-2", "guessed", "forehand/v1/home-2/down/+")
    try:
        assert until(lambda: len(up) >= 2)
        home.publish("forehand/v1/home-1/up/readings", b"{}")
        home.publish("forehand/v1/home-9/up/readings", b"{}")
        cloud.publish("forehand/v1/home-1/down/stored", b"{}")
        assert until(lambda: len(heard) == 2)
    finally:
        for each in (cloud, home, stranger):
            each.stop()

    assert sorted(heard) == ["forehand/v1/home-1/down/stored", "forehand/v1/home-1/up/readings"]
    assert sorted(up) == ["cloud", "home-1"]

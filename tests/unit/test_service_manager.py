"""What systemd hears of a program, and that nobody is missed where there is no systemd."""

import socket

import pytest

from kit.service_manager import ServiceManager


@pytest.fixture
def line(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.settimeout(5)
        yield made


def test_it_says_that_it_is_ready_alive_and_ending(line, tmp_path):
    manager = ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000000"}, 1)

    for say in (manager.ready, manager.alive, manager.ending):
        say()

    assert [line.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]
    assert manager.sign_every_s == 20


def test_an_abstract_name_is_understood():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind("\0forehand-test-notify")
        made.settimeout(5)
        ServiceManager("@forehand-test-notify").ready()
        assert made.recv(100) == b"READY=1"


@pytest.mark.parametrize(
    "environment",
    [
        {"NOTIFY_SOCKET": "x"},
        {"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "0"},
        {"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "soon"},
        {"NOTIFY_SOCKET": "x", "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "2"},
        {"WATCHDOG_USEC": "1000000"},
    ],
)
def test_where_nobody_waits_for_a_sign_of_life_none_is_given(environment):
    assert ServiceManager.of(environment, 1).sign_every_s is None


def test_a_manager_that_is_gone_is_no_reason_to_stop(tmp_path):
    manager = ServiceManager(str(tmp_path / "gone"), 60.0)

    manager.ready()
    manager.alive()
    ServiceManager().ready()

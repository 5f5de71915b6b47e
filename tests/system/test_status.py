"""Roles that run apart say how they are, without pages: a real broker, real processes."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import pytest

from contract.permissions import CLOUD_USERS
from kit.mosquitto import Mosquitto, free_port
from tests.shared import ROOT
from tests.support.brokers import let_in
from tests.support.processes import Child, until

PASSWORD = "of-the-cloud"


@dataclass
class Apart:
    """One role in a process of its own."""

    child: Child
    port: int

    def asks(self, path: str) -> httpx2.Response:
        return httpx2.get(f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def waits_for(self) -> list[str] | None:
        """What is not ready. None: nobody answers."""
        try:
            answer = self.asks("/readyz")
        except httpx2.TransportError:
            return None
        assert answer.status_code == (503 if answer.json()["waits_for"] else 200)
        return answer.json()["waits_for"]

    def ends(self) -> int:
        """Its exit code, once it was asked to end."""
        self.child.process.terminate()
        return self.child.process.wait(30)


@pytest.fixture
def apart(tmp_path, empty_database_url, broker: Mosquitto) -> Iterator[Callable[..., Apart]]:
    """`python -m cloud ROLE` on a broker that knows it."""
    let_in(broker, dict.fromkeys(CLOUD_USERS, PASSWORD))
    given = {
        "FOREHAND_DATABASE_URL": empty_database_url,
        "FOREHAND_DATA_DIR": str(tmp_path / "data"),
        "FOREHAND_BROKER_PORT": str(broker.port),
        "FOREHAND_BROKER_PASSWORD": PASSWORD,
        "PYTHONPATH": str(ROOT),
    }
    started: list[Apart] = []

    def start(role: str, port: int, *, asked_for: bool = True) -> Apart:
        env = os.environ | given | {"FOREHAND_BROKER_USERNAME": f"cloud-{role}"}
        if asked_for:
            env["FOREHAND_STATUS_PORT"] = str(port)
        made = Apart(Child(("cloud", role), env, tmp_path / f"{role}.log"), port)
        started.append(made)
        made.child.start()
        return made

    yield start
    for each in started:
        each.child.stop()


@pytest.mark.slow
def test_roles_apart_say_that_they_are_ready_and_name_the_broker_that_is_gone(apart, broker):
    ingest, jobs = apart("ingest", free_port()), apart("jobs", free_port())
    until(lambda: ingest.waits_for() == jobs.waits_for() == [])
    assert set(ingest.asks("/readyz").json()["checks"]) == {"database", "broker", "alarm_lane"}
    assert set(jobs.asks("/readyz").json()["checks"]) == {"database", "jobs", "alarms", "broker"}
    numbers = ingest.asks("/metrics").text
    assert "\nforehand_ingest_messages_total 0.0\n" in numbers
    assert "\nforehand_alarm_ingest_messages_total 0.0\n" in numbers
    assert "forehand_outbox_dead" in jobs.asks("/metrics").text

    broker.stop()

    until(lambda: ingest.waits_for() == ["broker", "alarm_lane"] and jobs.waits_for() == ["broker"])
    assert ingest.asks("/healthz").json() == {"status": "ok"}
    assert (ingest.ends(), jobs.ends()) == (0, 0)
    assert "stopped" in ingest.child.says()
    assert "Traceback" not in ingest.child.says() + jobs.child.says()


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_a_status_has_no_pages_and_no_api(apart):
    jobs = apart("jobs", free_port())
    until(lambda: jobs.waits_for() is not None)

    for path in (
        "/",
        "/sign-in",
        "/api/v1/slots",
        "/api/v1/openapi.json",
        "/openapi.json",
        "/docs",
        "/static/site.css",
    ):
        assert jobs.asks(path).status_code == 404, path


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
def test_nothing_is_served_where_no_status_is_asked_for(apart):
    jobs = apart("jobs", free_port(), asked_for=False)
    until(lambda: "started" in jobs.child.says())

    assert jobs.waits_for() is None
    assert jobs.ends() == 0


@pytest.mark.parametrize("empty_database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ["ingest", "jobs"])
def test_a_status_port_that_is_taken_is_told_in_words(apart, role):
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        refused = apart(role, port)

        assert refused.child.process.wait(timeout=60) == 2

    said = refused.child.says()
    assert f"The status cannot be served at 127.0.0.1:{port}: Address already in use" in said
    assert said.endswith("FOREHAND_STATUS_PORT.\n")
    assert said.count("\n") == 1
    assert "Traceback" not in said

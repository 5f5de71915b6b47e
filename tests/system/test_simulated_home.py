"""A simulated family comes to a cloud that runs, as a stranger would bring it: a code, one command."""

import signal
import sqlite3
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from cloud import db
from cloud.consent.service import Answer
from cloud.flows import permissions
from cloud.people.tables import Household
from kit import ids
from tests.support.processes import Child, until
from tests.system.test_enrolling import Machine, code_of, machine  # noqa: F401 - a fixture

SUPPLIES = 5  # four inks and the milk


@pytest.mark.slow
def test_a_simulated_family_is_read_falls_and_is_the_same_after_a_restart(machine):  # noqa: F811
    machine.cloud("household", "add", "Ada")
    allow(machine, "supply", "safety")
    home = family(machine, machine.page, code_of(machine.cloud("agents", "claim", "hall")))
    home.start()
    try:
        until(lambda: "hall lives" in home.says(), 60)
        until(lambda: asked(machine, "SELECT count(DISTINCT slot_id) FROM readings") == SUPPLIES, 60)
        agents = asked(machine, "SELECT count(*) FROM agents")
        until(lambda: asked(machine, "SELECT count(*) FROM devices WHERE type = 'wristband'") == 1, 60)
    finally:
        home.stop()

    again = family(machine)
    again.start()
    try:
        until(lambda: " ready " in machine.cloud("agents", "list"), 60)
        assert again.process is not None
        again.process.send_signal(signal.SIGUSR1)
        until(lambda: asked(machine, "SELECT count(*) FROM alarms") == 1, 60)
    finally:
        again.stop()
    assert asked(machine, "SELECT count(*) FROM agents") == agents == 1


@pytest.mark.slow
def test_a_family_without_a_code_is_told_what_it_needs(tmp_path, machine):  # noqa: F811
    home = family(machine)
    home.start()

    until(lambda: home.process is not None and home.process.poll() is not None, 60)

    assert "has no agent yet: give the page's address and a claim code." in home.says()


def family(machine: Machine, *invitation: str) -> Child:  # noqa: F811
    words = ("simulator", "home", *invitation, "--folder", str(machine.folder / "home"), "--poll", "1")
    return Child(words, machine.env, machine.folder / "home.log")


def allow(machine: Machine, *purposes: str) -> None:  # noqa: F811
    engine = db.engine(f"sqlite:///{machine.folder / 'data' / 'forehand.db'}")
    with db.transaction(engine) as session:
        home = session.exec(select(Household)).one()
        for purpose in purposes:
            said = Answer(purpose, True, "text", "1", "en", None, "command")
            permissions.answer(session, ids.system, home.id, said, datetime.now(UTC))
    engine.dispose()


def asked(machine: Machine, question: str) -> int:  # noqa: F811
    with sqlite3.connect(machine.folder / "data" / "forehand.db") as database:
        return int(database.execute(question).fetchone()[0])

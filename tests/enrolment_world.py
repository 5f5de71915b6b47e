"""A cloud that gives codes, a home that wants one, and a broker's file."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx2
from pydantic import SecretStr
from sqlmodel import select

from cloud import broker_access, db
from cloud.devices.tables import Agent
from kit import mosquitto_passwords
from tests.reviewing import Home
from tests.safety_world import press
from tests.web_api_world import World

KEY = "k" * 32


@contextmanager
def giving_codes(url: str, folder: Path) -> Iterator[World]:
    """Ada's pages, and beside them `passwords`."""
    engine = db.engine(url)
    made = World(Home(engine))
    made.passwords = folder / "broker" / "passwords"
    made.passwords.parent.mkdir()
    settings = made.web.settings.model_copy(
        update={
            "credential_key": SecretStr(KEY),
            "broker_passwords_file": made.passwords,
            "broker_password": SecretStr("of-the-cloud"),
        }
    )
    made.rewire(settings=settings, tell_broker=lambda: broker_access.tell(engine, settings))
    yield made
    engine.dispose()


def add(world, name="Hall") -> tuple[str, str]:
    """By the page: the agent's id, and its code."""
    text = unescape(press(world.ada, "/settings/boxes", name=name).text)
    with db.reading(world.home.engine) as session:
        agent_id = session.exec(select(Agent.id).where(Agent.name == name)).one()
    found = re.search(r"python -m edge enrol (\S+) ([0-9A-Z-]+)", text)
    assert found is not None
    assert found[1] == world.web.settings.public_url
    return agent_id, found[2]


def enrol(world, code: str) -> httpx2.Response:
    return world.nobody.post("/api/v1/enrolments", json={"code": code})


def may_connect(world) -> dict[str, str]:
    lines = world.passwords.read_text().splitlines() if world.passwords.exists() else []
    return {line.partition(":")[0]: line for line in lines}


def is_of(entry: str, agent_id: str, password: str) -> bool:
    salt = mosquitto_passwords.base64.b64decode(entry.split("$")[3])
    return mosquitto_passwords.entry(agent_id, password, salt) == entry

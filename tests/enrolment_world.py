"""A cloud that gives codes, and a home that wants one."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import httpx2
from pydantic import SecretStr
from sqlmodel import select

from cloud import broker_access, db
from cloud.devices.tables import Agent
from kit import dynamic_security
from tests.reviewing import Home
from tests.safety_world import press
from tests.web_api_world import World

KEY = "k" * 32


@contextmanager
def giving_codes(url: str) -> Iterator[World]:
    """Ada's pages."""
    engine = db.engine(url)
    made = World(Home(engine))
    secrets = {"credential_key": SecretStr(KEY), "broker_password": SecretStr("of-the-cloud")}
    made.rewire(settings=made.web.settings.model_copy(update=secrets))
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


def broker_file(world) -> str:
    with db.reading(world.home.engine) as session:
        return broker_access.document(session, world.web.settings, world.clock.now())


def may_connect(world) -> set[str]:
    return {client["username"] for client in json.loads(broker_file(world))["clients"]}


def lets_in(world, agent_id: str, password: str) -> bool:
    return dynamic_security.lets_in(broker_file(world), agent_id, password)

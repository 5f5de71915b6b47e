"""A Pi becomes an agent by a code of limited life; what it was before is refused."""

import re
from datetime import timedelta
from html import unescape

import httpx2
import pytest
from pydantic import SecretStr
from sqlmodel import select

from cloud import broker_access, db
from cloud.devices import claims
from cloud.devices.tables import Agent, AgentClaim
from edge import config, enrolling
from edge.enrolling import EnrolError
from kit import mosquitto_passwords
from tests.reviewing import Home
from tests.safety_world import press
from tests.shopping import together
from tests.web_api_world import World

KEY = "k" * 32


@pytest.fixture
def world(database_url, tmp_path):
    """Ada's home, a cloud that gives codes, and a broker's file."""
    engine = db.engine(database_url)
    made = World(Home(engine))
    made.passwords = tmp_path / "broker" / "passwords"
    made.passwords.parent.mkdir()
    settings = made.web.settings.model_copy(
        update={"credential_key": SecretStr(KEY), "broker_passwords_file": made.passwords}
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


def test_a_box_is_added_in_the_page_and_becomes_an_agent_by_its_code(world):
    agent_id, code = add(world)
    assert agent_id not in may_connect(world)
    assert "waits for its code" in unescape(world.ada.get("/settings").text)

    answer = enrol(world, code.lower().replace("-", " "))

    said = answer.json()
    assert (answer.status_code, said["agent"]) == (201, agent_id)
    assert said["broker"] == {"host": "127.0.0.1", "port": 1883, "protocol": "5", "tls": False}
    assert is_of(may_connect(world)[agent_id], agent_id, said["password"])


def test_the_same_code_gives_the_same_answer_for_some_minutes_and_then_nothing(world):
    _, code = add(world)
    first = enrol(world, code).json()

    assert enrol(world, code).json() == first
    world.clock.advance(claims.ANSWERED_AGAIN_FOR)
    again = enrol(world, code)

    assert (again.status_code, again.json()["type"]) == (410, "/problems/used-code")


def test_a_code_has_a_limited_life(world):
    _, code = add(world)
    world.clock.advance(claims.LASTS)

    late = enrol(world, code)

    assert (late.status_code, late.json()["type"]) == (410, "/problems/old-code")


def test_another_pi_takes_the_place_of_the_first_which_is_then_refused(world):
    agent_id, code = add(world)
    first = enrol(world, code).json()["password"]

    text = press(world.ada, f"/settings/boxes/{agent_id}/code").text
    another = re.search(r"enrol \S+ ([0-9A-Z-]+)", text)[1]
    assert is_of(may_connect(world)[agent_id], agent_id, first)
    said = enrol(world, another).json()

    assert said["agent"] == agent_id
    assert said["password"] != first
    assert not is_of(may_connect(world)[agent_id], agent_id, first)
    assert enrol(world, code).status_code == 410


def test_a_new_code_ends_the_one_that_nobody_used(world):
    agent_id, code = add(world)
    press(world.ada, f"/settings/boxes/{agent_id}/code")

    assert enrol(world, code).status_code == 404


def test_a_retired_box_is_out_of_the_broker_and_gets_no_credential(world):
    agent_id, code = add(world)
    enrol(world, code)
    assert "Retire Hall?" in unescape(world.ada.get(f"/settings/boxes/{agent_id}/retire").text)

    press(world.ada, f"/settings/boxes/{agent_id}/retire")

    assert agent_id not in may_connect(world)
    assert enrol(world, code).json()["type"] == "/problems/retired"
    assert press(world.ada, f"/settings/boxes/{agent_id}/code").status_code == 404


def test_wrong_codes_are_counted(world):
    answers = [enrol(world, f"0000-0000-{n:04}").status_code for n in range(25)]

    assert answers[:20] == [404] * 20
    assert set(answers[20:]) == {429}


def test_of_two_that_come_with_one_code_at_once_one_credential_stands(world):
    agent_id, code = add(world)
    told: list[int] = []

    def redeem() -> None:
        with db.transaction(world.home.engine) as session:
            told.append(claims.redeem(session, code, world.clock.now()).credential_number)

    together([redeem] * 4)

    assert told == [1] * 4
    with db.reading(world.home.engine) as session:
        assert session.get_one(Agent, agent_id).credential_number == 1


def test_without_a_key_nobody_is_promised_a_code(world):
    world.rewire(settings=world.web.settings.model_copy(update={"credential_key": SecretStr("")}))

    assert press(world.ada, "/settings/boxes", name="Hall").headers["location"] == "/settings?problem=no_codes"
    assert enrol(world, "0000-0000-0000").status_code == 503


def test_a_home_has_so_many_boxes_and_no_more(world):
    for n in range(19):
        add(world, f"Box {n}")

    assert press(world.ada, "/settings/boxes", name="One more").headers["location"].endswith("too_many_boxes")
    assert press(world.ada, "/settings/boxes", name="  ").headers["location"].endswith("no_box_name")


def test_the_code_is_kept_as_a_hash(world):
    _, code = add(world)
    with db.reading(world.home.engine) as session:
        kept = session.exec(select(AgentClaim)).one()

    assert code.replace("-", "") not in str(kept)
    assert kept.expires_at - kept.created_at == timedelta(hours=1)


def test_a_broker_that_has_lost_its_file_is_told_anew(world):
    agent_id, code = add(world)
    enrol(world, code)
    world.passwords.unlink()

    broker_access.tell(world.home.engine, world.web.settings)

    assert agent_id in may_connect(world)


# --- on the Pi


def on_the_pi(world, code: str, **more):
    return enrolling.ask("http://127.0.0.1", code, world.nobody.client, lambda _s: None, **more)


def test_the_pi_writes_who_it_is_and_leaves_its_devices_alone(world, tmp_path):
    agent_id, code = add(world)
    mine = tmp_path / "agent.toml"
    mine.write_text('[[devices]]\nname = "printer"\ntype = "ipp"\naddress = "ipp://printer/ipp/print"\n')

    enrolled = on_the_pi(world, code)
    assert enrolling.keep(enrolled, tmp_path) == mine

    loaded = config.load(mine)
    assert (loaded.agent, loaded.broker.password, len(loaded.devices)) == (agent_id, enrolled.password, 1)
    assert (tmp_path / config.ENROLLED).stat().st_mode & 0o077 == 0


def test_a_pi_without_a_file_gets_one_to_name_its_devices_in(world, tmp_path):
    _, code = add(world)

    path = enrolling.keep(on_the_pi(world, code), tmp_path / "new")

    assert config.load(path).devices == []


def test_before_it_is_an_agent_it_is_told_how_to_become_one(tmp_path):
    (tmp_path / "agent.toml").write_text("")

    with pytest.raises(config.ConfigError, match="python -m edge enrol URL CODE"):
        config.load(tmp_path / "agent.toml")


def test_the_pi_is_told_in_words_why_it_did_not_work(world):
    with pytest.raises(EnrolError, match="no such code"):
        on_the_pi(world, "0000-0000-0000")


def answering(*answers):
    """A server that gives these one after the other."""
    waiting = list(answers)

    def answer(request):
        said = waiting.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    return httpx2.Client(transport=httpx2.MockTransport(answer))


GOOD = {"agent": "pi-7", "password": "secret", "broker": {"host": "b", "port": 1883, "protocol": "5", "tls": True}}


def test_a_bad_way_is_tried_again():
    way = answering(httpx2.ConnectError("no"), httpx2.Response(503), httpx2.Response(201, json=GOOD))

    assert enrolling.ask("http://c", "x", way, lambda _s: None).agent == "pi-7"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([httpx2.ConnectError("refused")] * 5, "does not answer: refused\nThe code was not used up"),
        ([httpx2.Response(502)] * 5, "cannot answer now"),
        ([httpx2.Response(200, text="<html>")], "is not a Forehand"),
        ([httpx2.Response(404, text="nothing")], "is not a Forehand"),
    ],
)
def test_what_is_no_forehand_is_said(answers, words):
    with pytest.raises(EnrolError, match=words):
        enrolling.ask("http://c", "x", answering(*answers), lambda _s: None)


def test_what_the_code_is_read_as():
    code = claims.code(b"\x01\x02\x03\x04\x05\x06\x07\x08")

    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", code)
    assert claims._id("O1l0") == claims._id("011-0")

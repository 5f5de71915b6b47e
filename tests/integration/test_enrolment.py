"""A Pi becomes an agent by a code of limited life; what it was before is refused."""

import re
from datetime import timedelta
from html import unescape

import pytest
from pydantic import SecretStr
from sqlmodel import select

from cloud import broker_access, db
from cloud.devices import claims
from cloud.devices.tables import Agent, AgentClaim
from tests.enrolment_world import add, enrol, giving_codes, lets_in, may_connect
from tests.safety_world import press
from tests.support.at_once import at_once


@pytest.fixture
def world(database_url):
    with giving_codes(database_url) as made:
        yield made


def test_a_box_is_added_in_the_page_and_becomes_an_agent_by_its_code(world):
    agent_id, code = add(world)
    assert agent_id not in may_connect(world)
    assert "waits for its code" in unescape(world.ada.get("/settings").text)

    answer = enrol(world, code.lower().replace("-", " "))

    said = answer.json()
    assert (answer.status_code, said["agent"]) == (201, agent_id)
    assert said["broker"] == {"host": "127.0.0.1", "port": 1883, "protocol": "5", "tls": False}
    assert lets_in(world, agent_id, said["password"])


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
    assert lets_in(world, agent_id, first)
    said = enrol(world, another).json()

    assert said["agent"] == agent_id
    assert said["password"] != first
    assert not lets_in(world, agent_id, first)
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

    assert agent_id in may_connect(world)  # it hears that nothing is allowed any more
    world.clock.advance(broker_access.LAST_WORD)
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

    at_once(*[redeem] * 4)

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


def test_a_box_that_waits_for_its_code_is_not_added_twice(world):
    agent_id, code = add(world)

    assert add(world)[0] == agent_id
    assert enrol(world, code).status_code == 404


def test_what_the_code_is_read_as():
    code = claims.code(b"\x01\x02\x03\x04\x05\x06\x07\x08")

    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", code)
    assert claims._id("O1l0") == claims._id("011-0")

"""A secret has become known: what makes it worth nothing, and what goes on as before."""

from argparse import Namespace

import pytest

from cloud import db, renewing
from cloud.people import service as people
from cloud.refused import CommandError
from cloud.settings import Settings
from tests.reviewing import Home
from tests.web_api_world import World

PASSWORD = "a password of twenty letters"


@pytest.fixture
def world(database_url):
    engine = db.engine(database_url)
    yield World(Home(engine))
    engine.dispose()


def reset(world, email):
    with db.transaction(world.home.engine) as session:
        said = renewing.reset_person(session, Namespace(email=email), Settings(), world.clock.now())
    return said.rpartition("8000")[2].strip()


def sign_in(world, password):
    return world.nobody.post("/sign-in", data={"email": "ada@example.org", "password": password}).status_code


def test_who_is_reset_is_signed_out_everywhere_and_their_password_fits_no_more(world):
    with db.transaction(world.home.engine) as session:
        account = people.account_for(session, "ada@example.org")
        account.password_hash = people.hash_password(PASSWORD)
        session.add(account)
    before = (world.ada.get("/").status_code, sign_in(world, PASSWORD))

    welcome = reset(world, " Ada@example.org ")

    assert before == (200, 303)
    assert (world.ada.get("/").status_code, sign_in(world, PASSWORD)) == (303, 403)
    assert world.nobody.post(welcome, data={"password": f"another {PASSWORD}"}).status_code == 303
    assert sign_in(world, f"another {PASSWORD}") == 303
    assert world.bob.get("/").status_code == 200


def test_nobody_can_be_reset_who_does_not_sign_in(world):
    with pytest.raises(CommandError, match="nobody signs in"):
        reset(world, "eve@example.org")


def renew(house):
    with db.transaction(house.night.engine) as session:
        return renewing.renew_links(session, Namespace(), Settings(), house.night.clock.now())


def test_a_new_key_makes_every_older_link_worth_nothing_and_signs_the_next(house):
    old = house.agreement("Bert")

    said = renew(house)

    assert "worth nothing" in said
    assert house.client.get(old).status_code == 404
    assert house.client.get(house.agreement("Bert")).status_code == 200


def test_no_link_is_taken_from_whoever_may_be_answering(house):
    house.night.falls()
    path = house.link("Bert")

    with pytest.raises(CommandError, match="an alarm is active"):
        renew(house)

    assert house.client.get(path).status_code == 200

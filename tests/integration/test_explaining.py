"""`python -m cloud explain`: an engineer asks why."""

from argparse import Namespace

import pytest
from sqlmodel import Session, select

from cloud import db, explaining
from cloud.devices.tables import Device, Slot
from cloud.refused import CommandError
from cloud.settings import Settings
from tests.reviewing import DAY, Home


@pytest.fixture
def home(database_url: str):
    engine = db.engine(database_url)
    made = Home(engine)
    made.move_in()
    yield made
    engine.dispose()


def explained(home: Home, slot: str | None = None, at=None) -> str:
    with Session(home.engine) as session:
        named = slot or session.exec(select(Slot)).one().id
        return explaining.explain_slot(session, Namespace(slot=named, at=at), Settings(), home.now)


def test_an_order_is_told_with_its_numbers_and_comes_out_the_same_again(home):
    home.trust()
    home.passes(18)

    told = explained(home)

    assert "the same comes out again" in told
    assert "It may be empty before a parcel could be here." in told or "More is on its way already." in told
    assert "accepted here" in told
    assert "Agreement: at most" in told
    assert "eight times of ten between" in told


def test_what_would_have_changed_it_is_told_too(home):
    home.passes(18)

    told = explained(home)

    assert "We suggest to order it." in told
    assert "We would order by ourselves if" in told
    assert "No agreement." in told


def test_it_can_be_asked_what_stood_at_an_earlier_time(home):
    home.passes(18)

    early = explained(home, at=home.now - 15 * DAY)

    assert "There is enough left until a parcel could be here." in early
    assert "We suggest to order it." not in early
    assert "Nothing had been decided by" in explained(home, at=home.now - 400 * DAY)


def test_a_supply_is_found_by_its_devices_name_and_its_own(home):
    home.passes(2)
    with Session(home.engine) as session:
        slot, device = session.exec(select(Slot)).one(), session.exec(select(Device)).one()
        named = f"{device.local_name}/{slot.name}"

    assert explained(home, named) == explained(home)
    with pytest.raises(CommandError, match="DEVICE/SLOT"):
        explained(home, "nowhere/1")

"""`python -m cloud explain`: an engineer asks why."""

from argparse import Namespace

import pytest
from sqlmodel import Session, select

from cloud import db, explaining
from cloud.devices.tables import Device, Slot
from cloud.flows import ordering
from cloud.refused import CommandError
from cloud.replenishment import ledger
from cloud.replenishment.costs import Wish
from cloud.settings import Settings
from tests.reviewing import DAY, Home


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


def test_a_wish_is_told_only_where_somebody_has_said_it(home):
    home.passes(2)
    before = explained(home)
    with db.transaction(home.engine) as session:
        ordering.set_wish(session, home.household_id, home.slot(session).id, Wish.NEVER_OUT, home.now)
    home.now += DAY
    home.passes(1)

    assert "nobody has said how full it is to be kept" in before
    assert "wish:" not in before
    assert "wish: never out" in explained(home)


def test_a_parcel_that_leaves_anyway_is_told_with_its_days(home):
    home.passes(2)
    with db.transaction(home.engine) as session:
        row = ledger.latest(session, home.slot(session).id)
        row.inputs = {**row.inputs, "parcel": "f" * 32, "days_early": 3.5, "empty_if_waits": 0.125}
        session.add(row)

    assert "What is due within 3.5 days goes along" in explained(home)
    assert "if it waits so long: 12.5%" in explained(home)

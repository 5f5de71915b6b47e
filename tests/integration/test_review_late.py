"""Readings that come late, or whose time becomes known late, at the review of their slot."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from cloud import db
from cloud.catalogue.rules import id_of
from cloud.consumption import service as consumption
from cloud.consumption.tables import SlotCheckpoint, SlotCorrection, SlotStateRow
from cloud.devices.tables import Slot
from cloud.flows import ordering
from cloud.orders import shelf
from cloud.views import own_data
from contract.messages import Anchor
from tests.reviewing import DAY, START, Home

INK = id_of("ink-black")


def stand(home: Home, packs: float) -> None:
    with db.transaction(home.engine) as session:
        shelf.correct_shelf(session, home.new_id, home.household_id, INK, packs, home.now)


def standing(home: Home) -> float:
    with Session(home.engine) as session:
        return shelf.on_shelf(session, home.household_id, INK)


def state(home: Home):
    with Session(home.engine) as session:
        return consumption.state(session, home.slot(session).id)


def reads_another(home: Home, serial: str, value: float, at=None) -> None:
    home.serial = serial
    home.reads(value, at)


def test_a_cartridge_that_only_a_late_reading_tells_of_is_taken_from_the_shelf_once(home):
    home.passes(3)
    stand(home, 5)
    home.now += 4 * DAY
    reads_another(home, "CRUM-3", 0.95)
    assert standing(home) == 4

    reads_another(home, "CRUM-2", 0.9, home.now - 2 * DAY)
    assert standing(home) == 3

    reads_another(home, "CRUM-2", 0.95, home.now - 3 * DAY)
    reads_another(home, "CRUM-2", 0.3, home.now - 1 * DAY)
    assert standing(home) == 3
    assert state(home).level_packs == 0.95


def test_a_cartridge_that_was_taken_from_the_shelf_is_not_taken_again_for_what_comes_late(home):
    home.passes(3)
    stand(home, 5)
    home.now += 4 * DAY
    reads_another(home, "CRUM-2", 0.95)
    home.now += DAY
    reads_another(home, "CRUM-2", 0.9)

    reads_another(home, "CRUM-1", 0.7, home.now - 4 * DAY)
    reads_another(home, "CRUM-2", 0.98, home.now - 2 * DAY)

    assert standing(home) == 4


def test_late_readings_lead_to_the_state_of_those_that_came_in_time(home):
    taken = [(START + hours * DAY / 24, 1.0 - hours / 300) for hours in range(0, 240, 7)]
    home.now = START + 11 * DAY
    for at, value in [*taken[::3], *taken[2::3], *taken[1::3]]:
        home.reads(value, at)
    mixed = state(home)

    with db.transaction(home.engine) as session:
        for table in (SlotCheckpoint, SlotStateRow):
            session.execute(sa.delete(table))
    for at, value in taken:
        home.reads(value, at)

    assert state(home) == mixed


def test_rows_whose_time_is_not_known_yet_wait_and_those_behind_them_too(home):
    home.passes(2)
    before = state(home)
    home.now += DAY / 4
    home.hears(0.95, home.now - DAY / 8 - DAY)  # late
    home.hears(0.84, None, boot=2)  # it will be known
    home.hears(0.80, home.now)
    home.review()

    waiting = state(home)
    assert waiting.level_at == before.level_at
    assert waiting != before

    home.hears(
        0.80, home.now, boot=2, anchor=Anchor(boot=2, up_ms=home.seq + 1, at_ms=int(home.now.timestamp() * 1000))
    )
    home.review()
    assert state(home).level_packs == 0.80
    assert state(home).level_at == home.now


def test_a_row_whose_time_nobody_knows_counts_from_when_it_came_and_in_its_place(home):
    home.passes(1)
    came = home.now = home.now + DAY / 4
    home.hears(0.9, None, boot=2)
    home.now += 2 * DAY
    home.reads(0.8)
    assert state(home).level_packs == 0.8

    home.reads(0.85, came + DAY)

    assert state(home).level_at == home.now
    with Session(home.engine) as session:
        assert home.slot(session).folded_to == 7


def test_what_a_person_says_before_the_readings_of_that_hour_are_looked_at_stands(home):
    home.passes(2)
    home.now += DAY / 24
    home.hears(0.88, home.now)
    home.now += DAY / 24
    with db.transaction(home.engine) as session:
        slot_id = session.exec(select(Slot)).one().id
        assert ordering.correct_level(session, home.household_id, slot_id, 0.3, home.now, home.person_id)

    home.review()

    assert state(home).by_hand
    assert state(home).level_packs == pytest.approx(0.3 * 0.88 + 0.7 * 0.3)
    with db.transaction(home.engine) as session:
        assert ordering.undo_level(session, home.household_id, slot_id, home.now)
        [word] = session.exec(select(SlotCorrection)).all()
    assert (word.by, word.undone_at) == (home.person_id, home.now)
    assert state(home).level_packs == 0.88


def test_what_was_kept_of_a_supply_is_the_households_own(home):
    home.passes(2)
    home.now += DAY / 4
    reads_another(home, "CRUM-2", 0.99)
    with db.transaction(home.engine) as session:
        slot_id = session.exec(select(Slot)).one().id
        ordering.correct_level(session, home.household_id, slot_id, 0.3, home.now)

    with Session(home.engine) as session:
        taken_along = own_data.export(session, home.household_id, home.now)

    assert len(taken_along["what_we_had_learned"]) == 3
    assert [each["packs"] for each in taken_along["levels_told"]] == [0.3]
    assert [each["kind"] for each in taken_along["what_happened"]] == ["swapped_early"]

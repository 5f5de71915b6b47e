"""Which device a reading belongs to, while Pis and printers come and go."""

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.consumption.tables import ForecastRow, SlotCheckpoint, SlotCorrection, SlotEvent
from cloud.devices.inbox_tables import ReadingRow
from cloud.devices.tables import Device, Slot
from cloud.emergencies.tables import Band, Wearer
from tests.arriving import NOW, add_agent, allow, batch, home_with_an_agent, printer, report, revoke, rows, send


@pytest.fixture
def engine(database_url: str):
    made = db.engine(database_url)
    home_with_an_agent(made)
    add_agent(made, "pi-2")
    allow(made)
    yield made
    made.dispose()


def filed(engine) -> list[tuple[float | None, str]]:
    """Each reading's value, with the identity of the device that it is filed under."""
    with Session(engine) as session:
        joined = select(ReadingRow.value, Device.identity).join(Slot, Slot.id == ReadingRow.slot_id).join(Device)
        return sorted(session.exec(joined.order_by(ReadingRow.value)))


def test_a_device_that_moves_to_a_new_pi_keeps_its_slots(engine):
    report(engine, printer())
    report(engine, printer(), agent="pi-2")

    assert [d.agent_id for d in rows(engine, Device)] == ["pi-2"]
    assert len(rows(engine, Slot)) == 1


def test_readings_that_overtake_the_report_are_joined_to_the_device_when_it_tells_its_name(engine):
    send(engine, batch(1))
    report(engine, printer())

    assert [d.identity for d in rows(engine, Device)] == ["uuid:u-1"]
    assert len(rows(engine, Slot)) == 1


@pytest.mark.parametrize("retained", [True, False])
def test_an_old_report_of_a_replaced_pi_takes_nothing_from_the_new_one(engine, retained: bool):
    report(engine, printer())
    report(engine, printer(), agent="pi-2")
    if not retained:
        revoke(engine, "pi-1")

    report(engine, printer(), retained=retained)
    send(engine, batch(1), agent="pi-2")

    assert [d.agent_id for d in rows(engine, Device)] == ["pi-2"]
    assert filed(engine) == [(0.5, "uuid:u-1")]


def test_what_a_replaced_pi_still_had_in_its_spool_goes_to_the_same_device(engine):
    report(engine, printer())
    report(engine, printer(), agent="pi-2")

    send(engine, batch(1, 0.6))
    send(engine, batch(1, 0.5), agent="pi-2")

    assert filed(engine) == [(0.5, "uuid:u-1"), (0.6, "uuid:u-1")]
    assert len(rows(engine, Slot)) == 1


def test_the_kept_report_of_a_new_pi_takes_over_from_a_revoked_one(engine):
    report(engine, printer())
    revoke(engine, "pi-1")

    report(engine, printer(), agent="pi-2", retained=True)

    assert [d.agent_id for d in rows(engine, Device)] == ["pi-2"]


def test_readings_of_a_new_pi_that_overtake_its_report_come_to_the_device_it_then_names(engine):
    report(engine, printer())
    send(engine, batch(1, 0.9))
    send(engine, batch(1, 0.5), agent="pi-2")
    assert len(rows(engine, Device)) == 2

    report(engine, printer(), agent="pi-2")

    assert filed(engine) == [(0.5, "uuid:u-1"), (0.9, "uuid:u-1")]
    [slot] = rows(engine, Slot)
    assert slot.last_value == 0.5
    assert slot.due_at == NOW


def test_readings_that_come_to_a_device_late_are_still_to_be_taken_in(engine):
    report(engine, printer())
    send(engine, batch(1, 0.5), agent="pi-2")
    send(engine, batch(1, 0.9))
    with db.transaction(engine) as session:
        slot = session.exec(select(Slot).join(Device).where(Device.identity == "uuid:u-1")).one()
        slot.folded_to = max(row.id or 0 for row in session.exec(select(ReadingRow)))
        session.add(slot)

    report(engine, printer(), agent="pi-2")

    [slot] = rows(engine, Slot)
    assert [r.value for r in rows(engine, ReadingRow) if (r.id or 0) > slot.folded_to] == [0.5]


def test_what_was_worked_out_from_a_nameless_device_goes_and_a_place_of_its_own_is_taken_over(engine):
    report(engine, printer("u-1", "1.2"))
    send(engine, batch(1, 0.5), agent="pi-2")
    with db.transaction(engine) as session:
        [nameless] = session.exec(select(Slot).where(Slot.name == "1.1"))
        session.add(ForecastRow(id="f" * 32, slot_id=nameless.id, made_at=NOW, reason="no_level"))

    report(engine, printer("u-1", "1.2"), agent="pi-2")

    assert {slot.device_id for slot in rows(engine, Slot)} == {device.id for device in rows(engine, Device)}
    assert filed(engine) == [(0.5, "uuid:u-1")]
    report(engine, printer("u-1", "1.1"), agent="pi-1")
    assert len(rows(engine, Slot)) == 2


def test_a_forecast_of_a_place_that_is_joined_to_another_goes(engine):
    report(engine, printer())
    send(engine, batch(1, 0.5), agent="pi-2")
    with db.transaction(engine) as session:
        nameless = session.exec(select(Slot).join(Device).where(Device.agent_id == "pi-2")).one()
        session.add(ForecastRow(id="f" * 32, slot_id=nameless.id, made_at=NOW, reason="no_level"))

    report(engine, printer(), agent="pi-2")

    assert rows(engine, ForecastRow) == []
    assert len(rows(engine, Slot)) == 1


def test_what_was_told_of_a_place_that_is_joined_to_another_is_not_told_again(engine):
    report(engine, printer())
    send(engine, batch(1, 0.5), agent="pi-2")
    with db.transaction(engine) as session:
        gone = session.exec(select(Slot).join(Device).where(Device.agent_id == "pi-2")).one().id
        happened = {"kind": "replaced", "since": NOW, "at": NOW, "left_packs": 0.0, "told_at": NOW}
        session.add(SlotEvent(slot_id=gone, **happened))
        session.add(SlotCorrection(slot_id=gone, told_at=NOW, packs=0.5))
        session.add(SlotCheckpoint(slot_id=gone, since=NOW, after_number=0, json_={}, rules_version=1))

    report(engine, printer(), agent="pi-2")

    [slot] = rows(engine, Slot)
    assert [row.slot_id for table in (SlotEvent, SlotCorrection) for row in rows(engine, table)] == [slot.id, slot.id]
    assert rows(engine, SlotCheckpoint) == []


@pytest.mark.parametrize("is_worn", [True, False])
def test_who_wears_a_wristband_that_turns_out_to_be_known_keeps_it(engine, is_worn: bool):
    report(engine, printer())
    send(engine, batch(1, 0.5), agent="pi-2")
    with db.transaction(engine) as session:
        known, nameless = session.exec(select(Device).order_by(Device.agent_id)).all()
        worn = [nameless, known] if is_worn else [nameless]
        session.add_all(
            Wearer(id=device.id, household_id=device.household_id, device_id=device.id, created_at=NOW)
            for device in worn
        )
        session.add(Band(device_id=nameless.id, heard_at=NOW))
        known_id, nameless_id = known.id, nameless.id

    report(engine, printer(), agent="pi-2")

    expected = {known_id: known_id, nameless_id: None} if is_worn else {nameless_id: known_id}
    assert {wearer.id: wearer.device_id for wearer in rows(engine, Wearer)} == expected
    assert len(rows(engine, Device)) == 1


def test_a_name_means_the_printer_that_answered_to_it_last(engine):
    report(engine, printer("lent"))
    report(engine, printer("own"))
    send(engine, batch(1, 0.8))
    report(engine, printer("lent"))
    send(engine, batch(2, 0.3))

    assert filed(engine) == [(0.3, "uuid:lent"), (0.8, "uuid:own")]


def test_a_printer_that_does_not_tell_its_number_this_time_is_the_one_known_by_that_name(engine):
    report(engine, printer())
    report(engine, printer(None))

    assert [d.identity for d in rows(engine, Device)] == ["uuid:u-1"]

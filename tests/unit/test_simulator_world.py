"""What stands around the household: its calendar, its machine, the broker's rules, the parcels at the door."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cloud.calendars.ics import Ask, Found, read
from cloud.calendars.rules import DEFAULT_WORDS
from contract import permissions
from kit import ids
from kit.clock import ManualClock
from kit.memory_bus import MemoryBroker
from simulator import family_calendar, scenario_loading
from simulator.doorstep import Doorstep, WatchedDesk
from simulator.home import Home
from simulator.machine import SYNCHRONISED_AFTER, Machine
from simulator.randomness import stream
from simulator.scenario import Scenario
from simulator.soft_devices import sensors
from simulator.supplier.desk import Request
from simulator.supplier.warehouse import Habits, Warehouse

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.fixture
def scenario() -> Scenario:
    return scenario_loading.load(Path(scenario_loading.__file__).with_name("scenarios") / "one-home.toml")


def absences(body: bytes) -> list[tuple[date, date]]:
    found = read(body, Ask("Europe/Berlin", NOW - timedelta(days=60), NOW + timedelta(days=400), DEFAULT_WORDS))
    assert isinstance(found, Found)
    return [(start.date(), end.date()) for start, end in found.absences]


def test_the_cloud_reads_the_family_s_holidays_and_nothing_else(scenario):
    everything = family_calendar.written(scenario.holidays, date(2026, 12, 1))

    assert absences(everything) == [
        (date(2026, 2, 13), date(2026, 2, 21)),
        (date(2026, 4, 2), date(2026, 4, 6)),
        (date(2026, 7, 17), date(2026, 8, 2)),
        (date(2026, 10, 9), date(2026, 10, 11)),
    ]


def test_a_holiday_stands_in_the_calendar_only_once_the_family_has_entered_it(scenario):
    easter = scenario.holidays[1]

    before = absences(family_calendar.written([easter], easter.starts - timedelta(days=6)))
    after = absences(family_calendar.written([easter], easter.starts - timedelta(days=5)))

    assert before == []
    assert len(after) == 1


@pytest.fixture
def machine(tmp_path, scenario) -> Iterator[Machine]:
    home = Home(scenario, seed=7)
    clock = ManualClock(home.now)
    made = Machine("home-1", tmp_path, MemoryBroker(permissions.allows), sensors(home), clock, ids.seeded(1))
    yield made
    made.cut_power()


def test_after_a_power_cut_a_new_boot_begins_which_does_not_know_the_time(machine):
    machine.power_on()
    machine.broker.pump()
    machine.step()
    machine.broker.pump()
    machine.cut_power()
    lost = machine.broker.retained["forehand/v1/home-1/up/state"]
    machine.clock.advance(timedelta(hours=2))

    machine.power_on()
    machine.broker.pump()
    machine.step()
    machine.broker.pump()
    early = machine.broker.retained["forehand/v1/home-1/up/reported"].payload
    machine.clock.advance(SYNCHRONISED_AFTER)
    machine.step()
    machine.broker.pump()
    late = machine.broker.retained["forehand/v1/home-1/up/reported"].payload

    assert b'"lost"' in lost.payload
    assert machine.boots == 2
    assert b'"boot":2' in early
    assert b'"anchor":null' in early
    assert b'"anchor":{"boot":2' in late


def test_a_machine_without_power_does_nothing(machine):
    assert not machine.step()
    assert machine.due_at() is None
    assert not machine.is_due


def test_parcels_are_handed_out_once_with_the_supplier_s_number():
    warehouse = Warehouse(Habits(), stream(1, "supplier"))
    desk = WatchedDesk(warehouse, "token", "whsec_" + "c2VjcmV0" * 4)
    body = b'{"reference":"fh-1","lines":[{"sku":"INK-BK","quantity":2,"price_minor":1,"currency":"EUR"}]}'
    headers = {"authorization": "Bearer token", "idempotency-key": "k"}
    desk.answer(Request("POST", "/v1/orders", headers, body), NOW)
    doorstep = Doorstep(desk, warehouse)

    at_once = doorstep.arrived()
    desk.news(NOW + timedelta(days=9))
    after_days, again = doorstep.arrived(), doorstep.arrived()

    assert at_once == []
    assert [(sku, count) for sku, count, _ in after_days] == [("INK-BK", 2)]
    assert again == []

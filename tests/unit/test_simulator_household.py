"""A household as data lives the same life for the same seed, and its devices speak as real ones do."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from contract.fields import Quality
from edge.sensors.base import SensorError
from simulator import faults, habits, scenario_loading, soft_devices
from simulator.home import Home
from simulator.randomness import around, stream
from simulator.scenario import FaultKind, Scenario
from simulator.scenario_loading import ScenarioError

ONE_HOME = Path(scenario_loading.__file__).with_name("scenarios") / "one-home.toml"


@pytest.fixture
def scenario() -> Scenario:
    return scenario_loading.load(ONE_HOME)


@pytest.fixture
def four_inks() -> Home:
    return Home(scenario_loading.load(ONE_HOME.with_name("demo.toml")), seed=7)


@pytest.fixture
def home(scenario) -> Home:
    return Home(scenario, seed=7)


def changed(scenario: Scenario, **fields) -> Scenario:
    return msgspec.structs.replace(scenario, **fields)


def in_a(scenario: Scenario, place: str, **fields) -> Scenario:
    return changed(scenario, **{place: changed(getattr(scenario, place), **fields)})


def test_the_same_names_draw_the_same_numbers():
    assert stream(7, "use", "printer-1").random() == stream(7, "use", "printer-1").random()
    assert stream(7, "use", "printer-1").random() != stream(8, "use", "printer-1").random()
    assert stream(7, "use", "printer-1").random() != stream(7, "use", "fridge-1").random()


def test_amounts_are_positive_and_have_their_mean():
    chance = stream(1, "amounts")

    amounts = [around(chance, 5.0, 0.8) for _ in range(4000)]

    assert min(amounts) >= 0
    assert sum(amounts) / len(amounts) == pytest.approx(5.0, rel=0.05)


def test_another_scale_moves_nothing_at_the_printer(scenario):
    thirstier = in_a(scenario, "scale", use_g=[900.0] * 7, name="fridge-2")
    day = date(2026, 3, 4)

    printing = [[use for use in habits.plan(s, 7, day) if isinstance(use, habits.Job)] for s in (scenario, thirstier)]

    assert printing[0] == printing[1]


def test_nobody_uses_anything_on_a_holiday(scenario):
    assert habits.plan(scenario, 7, scenario.holidays[0].starts) == []
    assert habits.plan(scenario, 7, scenario.holidays[0].ends) == []
    assert habits.plan(scenario, 7, scenario.holidays[0].ends + timedelta(days=1)) != []


def test_what_happens_on_the_day_of_the_clock_change_happens_on_that_day(scenario):
    zone = ZoneInfo("Europe/Berlin")

    uses = habits.plan(scenario, 7, date(2026, 3, 29))

    assert {use.at.astimezone(zone).date() for use in uses} == {date(2026, 3, 29)}
    assert uses == sorted(uses, key=lambda use: use.at)


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("per_page", "perpage", "allowed: colour, level, per_page, product, spare"),
        ('kind = "printer_off"', 'kind = "fire"', "faults"),
        ("spread = 0.9", 'spread = "much"', "printer.spread"),
        ("Europe/Berlin", "Europe/Atlantis", "no time zone"),
        ("lead_days = [1.0, 2.0, 4.0]", "lead_days = [4.0, 2.0, 1.0]", "must rise"),
        ("ends = 2026-02-21", "ends = 2026-02-01", "ends before it starts"),
        ('product = "ink-black"\nprice', 'product = "tea"\nprice', "used by no device"),
        ("[household]", "[household", "is not TOML"),
    ],
)
def test_a_wrong_scenario_is_refused_with_the_key_and_what_is_allowed(was, becomes, says):
    text = ONE_HOME.read_text()
    assert was in text

    with pytest.raises(ScenarioError) as told:
        scenario_loading.parse(text.replace(was, becomes, 1))

    assert says in str(told.value)


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(ScenarioError, match="cannot read"):
        scenario_loading.load(tmp_path / "none.toml")


def test_the_real_driver_reads_the_printer_as_it_stands(four_inks):
    printer = soft_devices.sensors(four_inks)[0]

    poll = printer.poll()

    assert poll.report.model == "Example Photo 4200"
    assert [slot.colour for slot in poll.report.slots] == ["black", "cyan", "magenta", "yellow"]
    assert [level.value for level in poll.levels] == [0.34, 0.86, 0.74, 0.62]
    assert [level.serial for level in poll.levels] == ["BL000000", "CY000000", "MA000000", "YE000000"]


def test_a_printer_asleep_tells_no_level_and_one_switched_off_nothing(home):
    printer = soft_devices.sensors(home)[0]

    home.printer.awake = False
    asleep = printer.poll()
    home.printer.on = False

    assert {level.quality for level in asleep.levels} == {Quality.UNKNOWN}
    with pytest.raises(SensorError):
        printer.poll()


def test_the_scale_weighs_the_milk_with_its_noise(home):
    scale = soft_devices.sensors(home)[1]

    shown = [level.value for level in scale.poll().levels]

    assert shown == [pytest.approx(2600, abs=25)]


def test_ink_falls_and_an_empty_cartridge_is_changed_only_where_a_spare_lies(home):
    black = home.printer.places[0]

    missing = [home.printer.print(30) for _ in range(12)]
    home.delivered("ink-black", 1, home.now)
    home.advance(home.now + timedelta(days=3))

    assert missing[0] == []
    assert "ink-black" in missing[-1]
    assert black.changed == 1
    assert black.cartridge.serial == "BL000001"
    assert black.cartridge.left > 0.8


def test_a_shaken_cartridge_says_more_than_it_holds_and_comes_back_to_the_truth(home):
    black = home.printer.places[0]

    home.printer.shake()
    shaken = black.cartridge.reported
    home.printer.print(30)

    assert shaken == 68
    assert black.cartridge.reported == round(black.cartridge.left * 100)


def test_what_would_spoil_is_gone_when_the_family_leaves(four_inks):
    leaves = four_inks.scenario.holidays[0].starts

    four_inks.advance(datetime.combine(leaves, datetime.min.time(), UTC) + timedelta(hours=5))

    assert four_inks.milk.grams <= four_inks.scenario.scale.left_when_leaving_g


def test_a_day_without_milk_is_counted_once(scenario):
    home = Home(in_a(scenario, "scale", grams=0.0), seed=7)

    home.advance(home.now + timedelta(days=2))

    assert len(home.tallies["milk-1l"].days_without) == 2


def test_a_parcel_that_comes_in_the_holiday_is_put_away_after_it(home, scenario):
    holiday = scenario.holidays[0]
    arrives = datetime(2026, 2, 15, 11, tzinfo=UTC)
    home.advance(arrives)
    home.milk.grams = 0.0

    home.delivered("milk-1l", 2, arrives)
    home.advance(datetime.combine(holiday.ends, datetime.max.time(), UTC) - timedelta(hours=2))
    during = home.milk.refills
    home.advance(home.now + timedelta(days=1))

    assert during == 0
    assert home.milk.refills == 1


def test_time_may_move_in_any_steps(scenario):
    in_days, in_hours = Home(scenario, 7), Home(scenario, 7)
    end = in_days.now + timedelta(days=40)

    in_days.advance(end)
    while in_hours.now < end:
        in_hours.advance(in_hours.now + timedelta(hours=5))

    assert in_days.milk.grams == in_hours.milk.grams
    assert [p.cartridge.left for p in in_days.printer.places] == [p.cartridge.left for p in in_hours.printer.places]


def test_cover_is_how_long_the_usual_stock_lasts(home):
    home.advance(home.now + timedelta(days=10))

    cover = home.tallies["ink-black"].cover_days(home.days_home)

    assert cover is not None
    assert 20 < cover < 70


def test_faults_begin_and_end_in_order_and_come_again(scenario):
    found = faults.changes(scenario, 100)

    assert [change.at for change in found] == sorted(change.at for change in found)
    assert sum(change.kind is FaultKind.AGENT_POWER and change.begins for change in found) == 3
    shaken = [change for change in found if change.kind is FaultKind.CARTRIDGE_SHAKEN]
    assert [change.begins for change in shaken] == [True]


def test_a_scenario_can_begin_on_another_day_and_its_holidays_move_along(scenario):
    later = scenario_loading.moved(scenario, scenario.start + timedelta(days=10))

    assert later.holidays[0].starts == scenario.holidays[0].starts + timedelta(days=10)
    assert later.household == scenario.household


def test_the_demo_s_household_can_be_read(scenario):
    demo = scenario_loading.load(ONE_HOME.with_name("demo.toml"))

    assert demo.holidays
    assert {mandate.product for mandate in demo.mandates} >= {"ink-black", "milk-1l"}

"""How a band is to listen: chosen on the pages, shifted by how alarms end, told to its agent, and on record."""

import pytest

from cloud import db
from cloud.devices.tables import Agent
from cloud.emergencies.rules import Disposition
from cloud.emergencies.tables import Wearer
from cloud.flows import desired, listening
from cloud.people.tables import Person
from contract.fields import Point
from contract.messages import BandWish
from tests.alarms_world import MINUTE, SAM, Night
from tests.support.desk import Desk, kept, press

FALSE, HELPED = Disposition.FALSE_ALARM, Disposition.HELPED


def wish(night: Night) -> BandWish:
    with db.reading(night.engine) as session:
        return desired.of(session, session.get_one(Agent, night.agent)).band("band")


def version(night: Night) -> int:
    with db.reading(night.engine) as session:
        return session.get_one(Agent, night.agent).config_version


def falls_and_ends(night: Night, wire: str, disposition: Disposition) -> None:
    night.falls(wire)
    with db.transaction(night.engine) as session:
        listening.close(session, night.new_id, night.alarms()[-1].id, SAM, disposition, night.now)
    night.passes(MINUTE)


def choose(night: Night, point: Point) -> None:
    with db.transaction(night.engine) as session:
        wearer, ada = session.get_one(Wearer, night.wearer_id(session)), session.get_one(Person, night.person_id)
        listening.choose(session, night.new_id, wearer, point, ada, night.now)


@pytest.fixture
def desk(night: Night) -> Desk:
    return Desk(night)


def at(night: Night) -> str:
    with db.reading(night.engine) as session:
        return f"/safety/{night.wearer_id(session)}"


def test_a_band_of_which_nobody_said_anything_is_balanced_and_never_asks(night):
    assert wish(night) == BandWish(device="band", point="balanced", inactivity_h=0)


def test_three_confirmed_false_alarms_make_it_quieter_and_the_alarm_s_log_says_so(night, desk):
    before = version(night)
    for wire in ("f1", "f2"):
        falls_and_ends(night, wire, FALSE)
    assert (wish(night).point, version(night)) == ("balanced", before)
    falls_and_ends(night, "f3", FALSE)

    assert (wish(night).point, version(night)) == ("quiet", before + 1)
    assert "From now on the wristband takes less for a fall, or more: quiet." in desk.page(night.alarms()[-1].id)
    assert "after 3 false alarms that people confirmed, it is quieter for now" in desk.ada.get("/safety").text


def test_a_real_fall_undoes_it_at_once(night):
    for wire in ("f1", "f2", "f3"):
        falls_and_ends(night, wire, FALSE)
    falls_and_ends(night, "f4", HELPED)

    assert wish(night).point == "balanced"


def test_a_fall_that_was_missed_undoes_it_at_once_and_what_counted_counts_no_more(night, desk):
    for wire in ("f1", "f2", "f3"):
        falls_and_ends(night, wire, FALSE)
    press(desk.ada, f"{at(night)}/missed")
    assert wish(night).point == "balanced"
    falls_and_ends(night, "f4", FALSE)

    assert wish(night).point == "balanced"
    assert ("Ada", "fall_missed", "wearer Ada") in kept(night)


def test_a_call_of_the_wearer_s_own_is_no_false_alarm_of_the_band(night):
    for wire in ("51", "52", "53"):
        night.confirmed(wire, by="wearer")
        with db.transaction(night.engine) as session:
            listening.close(session, night.new_id, night.alarms()[-1].id, SAM, FALSE, night.now)

    assert wish(night).point == "balanced"


def test_who_wears_it_chooses_and_it_is_on_record_and_told(night, desk):
    before = version(night)
    press(desk.ada, f"{at(night)}/point", point="sensitive")
    press(desk.ada, f"{at(night)}/point", point="sensitive")

    assert (wish(night).point, version(night)) == ("sensitive", before + 1)
    assert kept(night) == [("Ada", "fall_point_chosen", "wearer Ada")]
    page = desk.ada.get("/safety").text
    assert "Sensitive: finds about" in page
    assert "of 100 acted falls. Real falls are harder to notice" in page


def test_what_is_no_point_is_refused(night, desk):
    assert press(desk.ada, f"{at(night)}/point", point="deaf").status_code == 422
    assert wish(night).point == "balanced"


@pytest.mark.parametrize(("hours", "asks"), [("8", 8), ("1", 0), ("0", 0)])
def test_the_hours_without_movement_are_the_household_s_to_set_within_bounds(night, desk, hours, asks):
    press(desk.ada, f"{at(night)}/inactivity", hours=hours)

    assert wish(night).inactivity_h == asks


def test_a_band_that_obeys_another_point_is_shown_not_to_know_yet(night, desk):
    night.report(point="balanced")
    assert "the band does not know yet" not in desk.ada.get("/safety").text
    choose(night, Point.QUIET)
    assert "the band does not know yet" in desk.ada.get("/safety").text
    night.report(point="quiet")

    assert "the band does not know yet" not in desk.ada.get("/safety").text


def test_a_band_that_somebody_else_wears_now_is_told_anew(night, desk):
    choose(night, Point.QUIET)
    before = version(night)
    press(desk.ada, f"{at(night)}/wearer", person="", name="Bo")

    assert version(night) == before + 1

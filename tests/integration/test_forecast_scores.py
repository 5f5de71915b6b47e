"""How right the forecasts have been, of all homes together."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from cloud import db
from cloud.consumption import scoring
from cloud.consumption import service as consumption
from cloud.consumption.scoring import Outcome
from cloud.consumption.tables import ForecastOutcome
from cloud.devices.tables import Slot
from cloud.views import forecast_scores
from tests.reviewing import DAY, Home


@pytest.fixture
def home(home: Home) -> Home:
    home.passes(1)
    return home


def ended(home: Home, *off_days: float, days_ago: float = 5.0) -> None:
    """Packs whose middle day was off by so much, within a range of four days to either side."""
    at = home.now - days_ago * DAY
    with db.transaction(home.engine) as session:
        slot = session.exec(select(Slot)).one()
        for off in off_days:
            middle = at - off * DAY
            row = ForecastOutcome(
                id=home.new_id(), slot_id=slot.id, cycle_ended_at=at, predicted_low=middle - 4 * DAY,
                predicted_mid=middle, predicted_high=middle + 4 * DAY, actual_at=at, off_days=off, inside=abs(off) <= 4,
            )  # fmt: skip
            session.add(row)


def scores(home: Home):
    with Session(home.engine) as session:
        return {each.category: each for each in forecast_scores.by_category(session, home.now)}


def test_what_ended_is_scored_together_and_by_kind(home):
    ended(home, 0.0, 1.0, -2.0, 9.0)

    found = scores(home)

    assert set(found) == {"", "printing"}
    assert (found[""].packs, found[""].slots, found[""].inside) == (4, 1, 0.75)
    assert found[""].off_days == 2.0


def test_evidence_that_a_home_brought_along_is_no_forecast_of_ours(home):
    at = home.now - DAY
    with db.transaction(home.engine) as session:
        slot = session.exec(select(Slot)).one()
        consumption.seed_outcomes(session, home.new_id, slot.id, [Outcome(at, at, at, at, at)], home.now)

    assert scores(home) == {}


def test_what_ended_long_ago_says_nothing_of_now(home):
    ended(home, 0.0, days_ago=200.0)

    assert scores(home) == {}


def test_an_exact_forecast_loses_nothing_and_a_wide_one_its_width():
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    exact = Outcome(moment, moment, moment, moment, moment)
    wide = Outcome(moment, moment - timedelta(days=10), moment, moment + timedelta(days=10), moment)
    late = Outcome(moment, moment - timedelta(days=3), moment - timedelta(days=3), moment - timedelta(days=3), moment)

    assert scoring.pinball_days(exact) == 0.0
    assert scoring.pinball_days(wide) == pytest.approx(2 * (0.1 * 10 + 0.1 * 10) / 3)
    assert scoring.pinball_days(late) == pytest.approx(2 * (0.1 + 0.5 + 0.9) * 3 / 3)
    assert scoring.pinball_days(Outcome(moment, moment, moment, None, moment)) is None

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cloud.calendars import rules as calendars
from cloud.consumption.rules import Forecast, Observation, ProductUse, SlotState, fold, forecast, to_dates
from cloud.consumption.scoring import foretell

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
USE = ProductUse(typical_pack_days=30.0, spread=0.5, absence_factor=0.0)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")

readings = st.lists(
    st.tuples(st.integers(1, 40), st.floats(0.0, 0.09, allow_subnormal=False)), min_size=1, max_size=40
)  # hours since the last reading, packs used since


def path(steps, shift_from, shift_days):
    """Readings of a household that is away for `shift_days` whole days from `shift_from` on."""
    at, level, seen = START, 1.0, []
    for hours, used in steps:
        at += timedelta(hours=hours)
        level = level - used if level > used + 0.03 else 1.0
        moved = at + shift_days * DAY if at > shift_from else at
        seen.append(Observation(moved, level, 0.001, "good", None))
    return seen


def fold_all(observations, absences, state=None):
    state = state or SlotState()
    for observation in observations:
        state, _ = fold(
            state, observation, lambda a, b: calendars.exposure_between(a, b, absences, ZoneInfo("UTC")), USE
        )
    return state


def made_of(stock):
    made = forecast(fold_all(path([(24, 0.04)] * 8, START, 0), ()), stock, USE)
    assert isinstance(made, Forecast)
    return made


def dates(made, now, exposure_by_day, tz):
    return to_dates(made, now, exposure_by_day, tz)


def half_way(state, absences):
    told = foretell(state, lambda a, b: calendars.exposure_between(a, b, absences, ZoneInfo("UTC")), USE)
    assert told.cycle is not None
    return told.cycle.foretold


@given(readings, st.integers(0, 20), st.integers(1, 60))
def test_days_away_leave_what_was_learned_bit_identical(steps, away_after, n):
    leaves = START + away_after * DAY
    absence = ((leaves, leaves + n * DAY),)

    stayed = fold_all(path(steps, leaves, 0), ())
    went = fold_all(path(steps, leaves, n), absence)

    assert went.learned == stayed.learned
    assert (went.open_use, went.open_exposure) == (stayed.open_use, stayed.open_exposure)
    assert went.level_packs == stayed.level_packs


@given(readings, st.integers(1, 60), st.lists(st.integers(1, 30), max_size=30))
def test_readings_while_nobody_is_home_change_nothing_but_their_time(steps, n, hours):
    before = fold_all(path(steps, START, 0), ())
    leaves = before.level_at
    absence = ((leaves, leaves + n * DAY),)
    moments = [leaves + timedelta(hours=sum(hours[: k + 1])) for k in range(len(hours))]
    still = [Observation(at, before.level_packs, 0.001, "good", None) for at in moments if at <= leaves + n * DAY]

    after = fold_all(still, absence, before)

    if before.jump is None:
        assert replace(after, level_at=leaves, reads_since_event=before.reads_since_event) == before


@given(
    st.floats(0.05, 1.2),
    st.integers(0, 23),
    st.integers(1, 12),
    st.integers(1, 40),
    st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    st.sampled_from(ZONES),
)
def test_the_dates_beyond_an_absence_move_by_exactly_its_days(stock, hour, away_after, n, today, zone):
    tz = ZoneInfo(zone)
    now = datetime(today.year, today.month, today.day, hour, 30, tzinfo=tz).astimezone(UTC)
    made = made_of(stock)
    at_home = [1.0] * 400

    stays = dates(made, now, at_home, tz)
    goes = dates(made, now, at_home[:away_after] + [0.0] * n + at_home[away_after:], tz)

    leaves = calendars.day_start(now.astimezone(tz).date() + away_after * DAY, tz)
    for stayed, went in zip(stays, goes, strict=True):
        if stayed is None:
            assert went is None
        elif stayed < leaves:
            assert went == stayed
        else:
            days = (went.astimezone(tz).date() - stayed.astimezone(tz).date()).days
            assert days == n


def test_to_the_microsecond_where_clocks_do_not_change():
    made = made_of(0.6)
    now = START + timedelta(days=9, hours=7)

    stays = dates(made, now, [1.0] * 200, UTC)
    goes = dates(made, now, [1.0, *[0.0] * 14, *[1.0] * 200], UTC)

    assert [went - stayed for stayed, went in zip(stays, goes, strict=True)] == [14 * DAY] * 7


def test_a_product_used_a_little_while_away_moves_by_less():
    made = made_of(0.6)

    stays = dates(made, START, [1.0] * 200, UTC)
    goes = dates(made, START, [0.25] * 4 + [1.0] * 200, UTC)

    assert all(abs((went - stayed) / DAY - 3.0) < 1e-9 for stayed, went in zip(stays, goes, strict=True))


def test_what_is_foretold_half_way_knows_of_the_absence_ahead():
    half = fold_all(path([(24, 0.05)] * 12, START, 0), ())
    absences = ((half.level_at + DAY, half.level_at + 8 * DAY),)

    stays = half_way(half, ())
    goes = half_way(half, absences)

    moved = [went - stayed for stayed, went in zip(stays, goes, strict=True)]
    assert all(abs(each - 7 * DAY) < timedelta(seconds=1) for each in moved)

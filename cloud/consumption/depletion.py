"""When a stock is gone: a distribution over exposure days, and where those fall in the calendar."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from cloud.consumption import quantiles, smoothing, taught
from cloud.consumption.values import GAINS, LEVELS, Forecast, Learned, NoForecast, ProductUse, SlotState

DAYS_TO_SEE_NO_USE = 14.0
NO_USE_SHARE = 0.02  # of the product's usual rate
DAYS_TO_SEE_NO_RULE = 28.0
NO_RULE = 4.0  # a day's deviation over its mean: about one use in 16 days


def forecast(
    state: SlotState, stock_packs: float, use: ProductUse, weekday: int | None = None
) -> Forecast | NoForecast:
    """How many exposure days `stock_packs` last: all there is to use, what is in the slot included.

    `weekday` (Monday 0): the local one of the day that comes next. None: the one after the last level, by UTC.
    """
    if state.level_packs is None:
        return NoForecast("no_level")
    learned = state.learned
    law = smoothing.passage(learned, max(0.0, stock_packs), use)
    law = replace(law, stock_variance=state.step_packs * state.step_packs / 12.0)
    if _is_unused(learned, use) or law.rate <= NO_USE_SHARE * use.rate:
        return NoForecast("no_use_seen")
    if _has_no_rule(state, law.daily_variance):
        return NoForecast("not_regular")
    days, share = law.quantiles(LEVELS), taught.weight(state.history)
    if share > 0.0 and law.stock_packs > 0.0:
        theirs = taught.days_until_empty(state, law.stock_packs, _next_day(state, weekday))
        days = quantiles.blended(days, theirs.tolist(), share)
    return Forecast(
        exposure_days=days,
        stock_packs=law.stock_packs,
        learned_share=smoothing.learned_share(learned, use),
        n_days=int(learned.days),
        passage=None if share > 0.0 else law,
    )


def chance_of_shortage(
    state: SlotState, foretold: Forecast, leads: Sequence[tuple[float, float]], weekday: int | None = None
) -> float:
    """That something is wanted on the last day of a lead time and is no longer there: what deciding to ship rests on.

    `leads`: exposure days, and how likely it takes so many.
    """
    share = taught.weight(state.history) if foretold.stock_packs > 0.0 else 0.0
    near = [days for days, _ in leads if days <= taught.LONGEST_LEAD_DAYS] if share > 0.0 else []
    theirs: dict[float, float] = {}
    if near:
        chances = taught.chances_of_shortage(state, foretold.stock_packs, near, _next_day(state, weekday))
        theirs = dict(zip(near, chances.tolist(), strict=True))
    found = 0.0
    for days, likely in leads:
        by_then = foretold.probability_empty_within(days)
        found += likely * (by_then + share * (theirs.get(days, by_then) - by_then))
    return found


def to_dates(
    foretold: Forecast, now: datetime, exposure_by_day: Sequence[float], tz: tzinfo
) -> tuple[datetime | None, ...]:
    """The moments, in UTC, at which those exposure days have passed; None: beyond the days given.

    `exposure_by_day` are whole local days starting with today; of today only what is left of it counts. Within a
    day exposure is spread evenly. N days without exposure that lie ahead move every later moment by N local days.
    """
    return tuple(None if days is None else _date_of(days, now, exposure_by_day, tz) for days in foretold.exposure_days)


def _next_day(state: SlotState, weekday: int | None) -> int:
    if weekday is not None:
        return weekday
    return 0 if state.level_at is None else (state.level_at.weekday() + 1) % 7


def _is_unused(learned: Learned, use: ProductUse) -> bool:
    if learned.days < DAYS_TO_SEE_NO_USE:
        return False
    return all(learned.own_rate(index) <= NO_USE_SHARE * use.rate for index in range(len(GAINS)))


def _has_no_rule(state: SlotState, daily_variance: float) -> bool:
    learned = state.learned
    if learned.days < DAYS_TO_SEE_NO_RULE:
        return False
    own = max(0.0, learned.own_rate(learned.best_gain()))
    of_the_step = 2.0 * own * state.step_packs  # the variance that a coarse sensor gives to the most regular use
    return daily_variance - of_the_step > (NO_RULE * own) ** 2


def _date_of(days: float, now: datetime, exposure_by_day: Sequence[float], tz: tzinfo) -> datetime | None:
    today = now.astimezone(tz).date()
    left = days
    for n, exposure in enumerate(exposure_by_day):
        starts, ends = _day_start(today + timedelta(days=n), tz), _day_start(today + timedelta(days=n + 1), tz)
        begins = max(now.astimezone(UTC), starts)
        share = exposure * ((ends - begins) / (ends - starts))
        if left < share:
            return begins + (ends - begins) * (left / share)
        left -= share
    return None


def _day_start(day: date, tz: tzinfo) -> datetime:
    return datetime.combine(day, time(), tz).astimezone(UTC)

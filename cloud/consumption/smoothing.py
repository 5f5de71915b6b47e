"""How fast a slot is used: exponential smoothing at several gains, the best one chosen, the product's prior fading.

Snyder, Koehler and Ord's cumulative variance for smoothing; the prior counts as pseudo-days (normal-normal Bayes).
"""

from cloud.consumption.passage import Passage
from cloud.consumption.values import GAINS, Learned, ProductUse

ERROR_MEMORY = 60  # how far back the running errors look
PRIOR_STRETCHES = 4  # what the prior's daily variance counts for
PSEUDO_DAYS = (0.5, 60.0)  # the prior's weight stays within these, however noisy the days


def smoothed(level: float, value: float, gain: float) -> float:
    """One step of simple exponential smoothing."""
    return level + gain * (value - level)


def learn(learned: Learned, used: float, exposure: float, use: ProductUse) -> Learned:
    """Close a stretch of `exposure` (> 0) days in which `used` packs went; several days weigh as several."""
    value = used / exposure
    stretches = min(learned.stretches + 1, ERROR_MEMORY)
    levels: list[float] = []
    errors: list[float] = []
    for index, gain in enumerate(GAINS):
        miss = value - rate_at(learned, index, use)
        errors.append(smoothed(learned.errors[index], miss * miss * exposure, 1.0 / stretches))
        levels.append(smoothed(learned.levels[index], value, gain if exposure == 1.0 else 1 - (1 - gain) ** exposure))
    return Learned(learned.days + exposure, stretches, tuple(levels), tuple(errors))


def rate_at(learned: Learned, index: int, use: ProductUse) -> float:
    """Packs per exposure day at one gain: own days against the prior's pseudo-days."""
    if learned.days <= 0.0:
        return use.rate
    share = _own_share(learned, index, use)
    return share * learned.own_rate(index) + (1.0 - share) * use.rate


def daily_variance(learned: Learned, index: int, use: ProductUse) -> float:
    """Of one exposure day's use around the rate. The prior: a day varies as much as its mean."""
    prior = use.rate * use.rate
    seen = learned.stretches
    return (learned.errors[index] * seen + prior * PRIOR_STRETCHES) / (seen + PRIOR_STRETCHES)


def pseudo_days(learned: Learned, index: int, use: ProductUse) -> float:
    """How many own days the prior weighs: a day's variance over the variance between households."""
    between = use.rate_variance
    least, most = PSEUDO_DAYS
    return min(most, max(least, daily_variance(learned, index, use) / between)) if between > 0.0 else most


def learned_share(learned: Learned, use: ProductUse) -> float:
    """How much of the rate is the household's own, 0..1."""
    return _own_share(learned, learned.best_gain(), use)


def _own_share(learned: Learned, index: int, use: ProductUse) -> float:
    own = days_remembered(learned.days, GAINS[index])
    return own / (own + pseudo_days(learned, index, use))


def days_remembered(days: float, gain: float) -> float:
    """So many days weighed alike know the rate as well as these, of which a gain forgets the older ones."""
    if days <= 0.0:
        return 0.0
    weight: float = 1.0 - (1.0 - gain) ** days
    of_squares: float = (1.0 - (1.0 - gain) ** (2.0 * days)) * gain / (2.0 - gain)
    return weight * weight / of_squares


def passage(learned: Learned, stock_packs: float, use: ProductUse) -> Passage:
    """The law of use from here on, at the best gain."""
    index = learned.best_gain()
    variance = daily_variance(learned, index, use)
    unknown = use.rate_variance * (1.0 - _own_share(learned, index, use))
    return Passage(
        stock_packs=stock_packs,
        rate=rate_at(learned, index, use),
        daily_variance=variance,
        gain=GAINS[index],
        rate_variance=unknown,
    )

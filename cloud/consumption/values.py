"""What a slot has been seen to use, and what that says of the day it runs out: plain values, lossless in JSON.

Amounts are in packs (1.0 is one full pack), rates in packs per exposure day (a local day with somebody at home).
"""

import math
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from cloud.consumption import quantiles
from cloud.consumption.history import History
from cloud.consumption.passage import Passage

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
GAINS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
DEFAULT_GAIN = 0.05  # until a household has shown enough to tell gains apart
STRETCHES_TO_CHOOSE_A_GAIN = 14

EventKind: TypeAlias = Literal["replaced", "refilled", "shaken", "swapped_early", "emptied", "frozen"]
NoForecastReason: TypeAlias = Literal["no_level", "no_use_seen", "not_regular"]


@dataclass(frozen=True)
class ProductUse:
    """What is believed of a product before a household has shown its own use."""

    typical_pack_days: float
    spread: float  # log-sd between households
    absence_factor: float  # the share of its use that goes on when nobody is home; already inside exposure

    @property
    def rate(self) -> float:
        """Packs per exposure day, the mean over households: log-normal around one pack in its typical days."""
        return math.exp(self.spread * self.spread / 2.0) / self.typical_pack_days

    @property
    def rate_variance(self) -> float:
        """Between households."""
        return self.rate * self.rate * math.expm1(self.spread * self.spread)


@dataclass(frozen=True)
class Observation:
    """One reading. `packs` None: the sensor said nothing we can count."""

    at: datetime
    packs: float | None
    resolution_packs: float
    quality: str
    serial: str | None = None
    weekday: int | None = None  # the local one, Monday 0; None: by UTC
    number: int = 0  # in the order of arrival


@dataclass(frozen=True)
class Event:
    """`left_packs`: what was left of the pack that this ended, or what is left now."""

    kind: EventKind
    at: datetime
    left_packs: float
    began_packs: float | None = None  # of the pack that came instead; None: none did


@dataclass(frozen=True)
class Learned:
    """Exponential smoothing at every gain of GAINS, started at 0: its weight so far is 1 - (1 - gain)^days."""

    days: float = 0.0  # exposure days learned from
    stretches: int = (
        0  # how many closed days or longer stretches the errors are the mean of; bounded, so that old ones fade
    )
    levels: tuple[float, ...] = (0.0,) * len(GAINS)
    errors: tuple[float, ...] = (0.0,) * len(GAINS)  # mean squared one-step error, per exposure day

    def own_rate(self, index: int) -> float:
        """Packs per exposure day at one gain, once there are days: the level without its start at zero."""
        rate: float = self.levels[index] / (1.0 - (1.0 - GAINS[index]) ** self.days)
        return rate

    def best_gain(self) -> int:
        """The index of the gain that has foretold one step best, and clearly so if it is a high one.

        On few or lumpy days a high gain looks a little better by chance, and then takes some idle days for the rate.
        """
        if self.stretches < STRETCHES_TO_CHOOSE_A_GAIN:
            return GAINS.index(DEFAULT_GAIN)
        return min(range(len(GAINS)), key=lambda index: self.errors[index] * (1.0 + GAINS[index]))


@dataclass(frozen=True)
class Fall:
    """A sudden fall that nothing confirmed, but a new pack came right after it: it was the old one's end."""

    packs: float
    at: datetime
    exposure: float


@dataclass(frozen=True)
class Jump:
    """A sudden rise or fall that one reading told and another has yet to confirm."""

    packs: float  # the newest reading that says so
    at: datetime
    first_packs: float
    first_at: datetime
    exposure_before: float  # from the last good reading to the first that jumped
    exposure_since: float
    count: int = 1
    fall: Fall | None = None  # the one that this rise follows


@dataclass(frozen=True)
class Cycle:
    """One pack in the slot, from its start to its end, with what was foretold half-way."""

    started_at: datetime
    started_packs: float
    emptied_at: datetime | None = None
    foretold_at: datetime | None = None  # None: not half-way yet, or nothing could be foretold
    foretold: tuple[datetime | None, ...] = ()  # p10, p50, p90


@dataclass(frozen=True)
class Still:
    """The sensor says exactly the same again and again, and what was usual when it began to."""

    exposure: float = 0.0  # days
    rate: float = 0.0
    variance: float = 0.0
    is_known: bool = False  # enough days had been seen to call anything usual
    is_frozen: bool = False  # too long to be true


@dataclass(frozen=True)
class Before:
    """What was believed before a person said otherwise: for taking their word back."""

    level_packs: float | None
    level_at: datetime | None
    step_packs: float
    by_hand: bool
    jump: Jump | None
    cycle: Cycle | None


@dataclass(frozen=True)
class SlotState:
    """All that is kept of a slot between readings."""

    level_packs: float | None = None
    level_at: datetime | None = None
    step_packs: float = 0.0  # how finely that level is known
    serial: str | None = None
    by_hand: bool = False  # the level was told by a person: the next reading replaces it and teaches nothing
    before_told: Before | None = None  # until the next reading
    jump: Jump | None = None
    reads_since_event: int = 0  # good readings since the cycle began
    open_use: float = 0.0
    open_exposure: float = 0.0
    still: Still = field(default_factory=Still)
    learned: Learned = field(default_factory=Learned)
    history: History = field(default_factory=History)
    cycle: Cycle | None = None

    @property
    def use_per_day(self) -> float | None:
        """The household's own packs per exposure day, without the prior. None: it has shown nothing yet."""
        if self.learned.days <= 0.0:
            return None
        rate = self.learned.own_rate(self.learned.best_gain())
        return rate if rate > 0.0 else None

    def to_json(self) -> dict[str, Any]:
        """Loses nothing: floats are written with every digit, moments with microseconds."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> "SlotState":
        """What another version kept besides is left out."""
        plain = {name: value for name, value in plain.items() if name in cls.__dataclass_fields__}
        cycle, learned, still = plain["cycle"], plain["learned"], plain.get("still")
        history = plain.get("history")
        return cls(
            **{
                **plain,
                "level_at": _moment(plain["level_at"]),
                "jump": plain["jump"] and _jump(plain["jump"]),
                "before_told": _before(plain.get("before_told")),
                "still": Still(**still) if still else Still(),
                "learned": Learned(
                    **{**learned, "levels": tuple(learned["levels"]), "errors": tuple(learned["errors"])}
                ),
                "history": _history(history) if history else History(),
                "cycle": cycle and _cycle(cycle),
            }
        )


@dataclass(frozen=True)
class Forecast:
    """When the stock is gone, in exposure days at LEVELS. None: beyond the horizon."""

    exposure_days: tuple[float | None, ...]
    stock_packs: float
    learned_share: float  # 0: all of it is the product's usual; 1: all of it this household's own
    n_days: int
    passage: Passage | None = None  # None: the networks have a say, and the days are all there is

    def probability_empty_within(self, exposure_days: float) -> float:
        """P(use within these exposure days >= stock)."""
        if self.passage is not None:
            return self.passage.empty_within(exposure_days)
        return quantiles.probability(LEVELS, self.exposure_days, exposure_days)


@dataclass(frozen=True)
class NoForecast:
    reason: NoForecastReason


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _before(plain: dict[str, Any] | None) -> Before | None:
    if plain is None:
        return None
    jump, cycle = plain["jump"], plain["cycle"]
    return Before(
        **{
            **plain,
            "level_at": _moment(plain["level_at"]),
            "jump": jump and _jump(jump),
            "cycle": cycle and _cycle(cycle),
        }
    )


def _jump(plain: dict[str, Any]) -> Jump:
    fall = plain["fall"]
    return Jump(
        **{
            **plain,
            "at": _moment(plain["at"]),
            "first_at": _moment(plain["first_at"]),
            "fall": fall and Fall(**{**fall, "at": _moment(fall["at"])}),
        }
    )


def _history(plain: dict[str, Any]) -> History:
    return History(
        **{
            **plain,
            "days": tuple(plain["days"]),
            "course": (plain["course"][0], plain["course"][1], plain["course"][2]),
        }
    )


def _cycle(plain: dict[str, Any]) -> Cycle:
    return Cycle(
        **{
            **plain,
            "started_at": _moment(plain["started_at"]),
            "emptied_at": _moment(plain["emptied_at"]),
            "foretold_at": _moment(plain["foretold_at"]),
            "foretold": tuple(_moment(each) for each in plain["foretold"]),
        }
    )

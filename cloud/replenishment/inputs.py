"""What a decision rests on: plain, rounded values that are stored with it, so that it can be replayed."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class MandateTerms:
    """What the customer signed, and how much of this month is used."""

    max_unit_price_minor: int
    monthly_cap_minor: int
    spent_this_month_minor: int
    max_quantity: int
    currency: str
    expired: bool = False
    covers_product: bool = True


@dataclass(frozen=True)
class Inputs:
    """One slot at one moment. Amounts in packs, money in minor units, days as ISO dates in the household's zone."""

    supply: str
    has_product: bool
    consent_supply: bool
    consent_order: bool
    mode_chosen: str
    mode_earned: bool
    forecast_days: tuple[float | None, ...]  # from now, at consumption's LEVELS; empty: no forecast
    no_forecast_reason: str
    empty_if_later: float  # chance of being empty before a parcel ordered at the next review arrives
    accepted_risk: float
    reading_age_hours: float
    reads_since_event: int
    in_device: float
    on_shelf: float
    in_transit: float
    lead_days: tuple[float, float, float]
    today: str
    earliest_delivery: str
    delivery_day: str  # the first on or after the earliest on which a parcel may come
    delivery_moved_by: str  # "", "away" or "paused"
    home_from: str | None
    presence: str
    price_minor: int | None
    currency: str
    quantity: int
    mandate: MandateTerms | None
    snoozed_until: str | None
    snoozed: bool
    cancel_window_hours: int
    wish: str = "balanced"  # empty: nobody has said, and the household's own figure holds
    send_day: str = ""  # the last on which to send what should be there on `delivery_day`; empty: an old row
    stock_quality: str = ""  # of the last reading
    zero_unseen: bool = False  # nothing but zero since this pack began: nobody saw it run out
    consent_version: int = 0
    calendar_version: str = ""
    mandate_id: str = ""  # the agreement that holds; its terms never change
    stated_days: tuple[float, float, float] | None = None  # `lead_days` by the supplier's word alone; None: an old row
    parcel: str = ""  # the order of another place that leaves from the same supplier; empty: none, or an old row
    days_early: float = 0.0  # so much sooner than needed it may come, to spare a parcel of its own
    empty_if_waits: float = 0.0  # `empty_if_later` where it is left for so many days; asked only beside a parcel
    pack_days: float = 0.0  # how long one as ordered lasts
    keeps_days: int | None = None  # None: it does not spoil

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The same value that was stored, whatever JSON made of its tuples."""
        mandate = stored["mandate"]
        return cls(
            **{
                **stored,
                "forecast_days": tuple(stored["forecast_days"]),
                "lead_days": tuple(stored["lead_days"]),
                "stated_days": tuple(stored["stated_days"]) if stored.get("stated_days") else None,
                "mandate": None if mandate is None else MandateTerms(**mandate),
            }
        )

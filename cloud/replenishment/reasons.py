"""The words of a decision: codes, which pages turn into sentences."""

from enum import StrEnum


class Outcome(StrEnum):
    """What a decision came to."""

    ORDERED = "ordered"
    PROPOSED = "proposed"
    REMINDED = "reminded"
    HELD = "held"
    WAITING = "waiting"
    BLOCKED = "blocked"


class Reason(StrEnum):
    """Why."""

    RUNS_OUT_BEFORE_ARRIVAL = "runs_out_before_arrival"
    GOES_ALONG = "goes_along"
    ENOUGH_LEFT = "enough_left"
    ALREADY_ON_ITS_WAY = "already_on_its_way"
    ENOUGH_ON_THE_SHELF = "enough_on_the_shelf"
    NO_CONSENT_SUPPLY = "no_consent_supply"
    NO_CONSENT_ORDER = "no_consent_order"
    NO_MANDATE = "no_mandate"
    MANDATE_EXPIRED = "mandate_expired"
    PRICE_ABOVE_CEILING = "price_above_ceiling"
    ABOVE_MONTHLY_CAP = "above_monthly_cap"
    ABOVE_QUANTITY = "above_quantity"
    NOT_IN_MANDATE = "not_in_mandate"
    NO_PRICE = "no_price"
    NOT_EARNED = "not_earned"
    MODE_RESPOND = "mode_respond"
    MODE_CURATE = "mode_curate"
    MODE_COACH = "mode_coach"
    AWAY_ON_ARRIVAL = "away_on_arrival"
    PAUSED = "paused"
    CALENDAR_UNKNOWN = "calendar_unknown"
    NO_FORECAST = "no_forecast"
    STALE = "stale"
    ONE_READING = "one_reading"
    ZERO_UNSEEN = "zero_unseen"
    NOT_A_CONSUMABLE = "not_a_consumable"
    NO_PRODUCT = "no_product"
    HELD_BY_CUSTOMER = "held_by_customer"

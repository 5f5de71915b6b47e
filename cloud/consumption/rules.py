"""Consumption's rules in one place: readings folded into a state, the state turned into a forecast."""

from cloud.consumption.corrections import correct, uncorrect
from cloud.consumption.depletion import forecast, to_dates
from cloud.consumption.folding import fold
from cloud.consumption.scoring import Outcome, foretell, outcome
from cloud.consumption.values import (
    LEVELS,
    Event,
    Forecast,
    NoForecast,
    Observation,
    ProductUse,
    SlotState,
)

__all__ = [
    "LEVELS",
    "Event",
    "Forecast",
    "NoForecast",
    "Observation",
    "Outcome",
    "ProductUse",
    "SlotState",
    "correct",
    "fold",
    "forecast",
    "foretell",
    "outcome",
    "to_dates",
    "uncorrect",
]

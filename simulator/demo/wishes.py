"""How a visitor wants the demo to be."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Wishes:
    """`day_s`: how many seconds a day takes. `seconds` None: until somebody ends it. `begins` None: today.

    `try_out_broker`: the stand-in for Mosquitto, also where Mosquitto is.
    """

    scenario: Path
    folder: Path
    seed: int = 7
    day_s: float = 1.6
    seconds: float | None = None
    web_port: int = 8000
    plain: bool = False
    begins: date | None = None
    try_out_broker: bool = False

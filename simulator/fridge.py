"""What stands on the scale in the fridge, and what the scale shows of it."""

import random
from dataclasses import dataclass

from simulator.scenario import ScalePart

EMPTY_G = 1.0


@dataclass
class MilkShelf:
    """All milk of the home stands here. `went_without`: draws that found too little."""

    part: ScalePart
    grams: float
    went_without: int = 0
    refills: int = 0

    @classmethod
    def of(cls, part: ScalePart) -> "MilkShelf":
        return cls(part, part.grams)

    def take(self, grams: float) -> bool:
        """False: there was not enough; what was there is gone."""
        enough = self.grams >= grams - EMPTY_G
        self.grams = max(0.0, self.grams - grams)
        self.went_without += not enough
        return enough

    def put(self, packs: int) -> None:
        self.grams += packs * self.part.pack_g
        self.refills += 1

    @property
    def packs(self) -> float:
        return self.grams / self.part.pack_g

    def shown(self, chance: random.Random) -> float | None:
        """Grams on the scale with the container, as the sensor says it. None: the door is open."""
        if chance.random() < self.part.blind_share:
            return None
        return self.grams + self.part.container_g + chance.gauss(0, self.part.noise_g)

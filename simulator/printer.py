"""A printer that is used: ink falls with the pages, and is reported in steps of one percent."""

from dataclasses import dataclass, field

from simulator.scenario import Ink, PrinterPart

SHAKEN_GAIN = 0.06  # how much more a shaken cartridge says than it holds
EMPTY = 1e-9


@dataclass
class Cartridge:
    """One cartridge in its place. `gain`: what its report is above the truth."""

    serial: str
    left: float = 1.0
    gain: float = 0.0

    @property
    def reported(self) -> int:
        """Percent, as a printer says it: 0 only when nothing is left."""
        if self.left <= EMPTY:
            return 0
        return max(1, min(100, round((self.left + self.gain) * 100)))


@dataclass
class InkPlace:
    """One place for one colour, and the spare cartridges that lie beside the printer."""

    ink: Ink
    cartridge: Cartridge
    spare: int
    changed: int = 0
    stood_empty: int = 0  # print jobs that had to wait for ink

    def take(self, pages: float) -> bool:
        """Print. False: it is empty and there is no spare; the job is not done."""
        need = pages * self.ink.per_page
        if self.cartridge.left <= EMPTY and not self._change():
            self.stood_empty += 1
            return False
        used = min(need, self.cartridge.left)
        self.cartridge.left -= used
        self.cartridge.gain = max(0.0, self.cartridge.gain - 2 * used)
        if need > used and self._change():
            self.cartridge.left -= need - used
        return True

    def _change(self) -> bool:
        if self.spare < 1:
            return False
        self.spare -= 1
        self.changed += 1
        self.cartridge = Cartridge(_serial(self.ink, self.changed))
        return True

    @property
    def packs(self) -> float:
        """In the printer and beside it."""
        return self.cartridge.left + self.spare


@dataclass
class Printer:
    """The device of one household. `awake`, `on`: what it can say."""

    part: PrinterPart
    places: list[InkPlace] = field(default_factory=list)
    on: bool = True
    awake: bool = True

    def __post_init__(self) -> None:
        self.places = self.places or [
            InkPlace(ink, Cartridge(_serial(ink, 0), left=ink.level), ink.spare) for ink in self.part.inks
        ]

    def place_of(self, product: str) -> InkPlace | None:
        """None: no such ink goes into this printer."""
        return next((place for place in self.places if place.ink.product == product), None)

    def print(self, pages: float) -> list[str]:
        """Returns the products for want of which the job was not done; empty: it was."""
        return [place.ink.product for place in self.places if not place.take(pages)]

    def shake(self) -> None:
        """Somebody takes the fullest-looking advice: shake it, and it says more than it holds."""
        lowest = min(self.places, key=lambda place: (place.cartridge.left, place.ink.colour))
        if lowest.cartridge.left > EMPTY:
            lowest.cartridge.gain = SHAKEN_GAIN


def _serial(ink: Ink, number: int) -> str:
    return f"{ink.colour[:2].upper()}{number:06d}"

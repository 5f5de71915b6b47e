"""The household's devices behind the agent's own seams: the real drivers read them, in this process."""

import random
from dataclasses import dataclass

from edge.sensors.base import Sensor, SensorError
from edge.sensors.ipp import IppAddress, IppPrinter
from edge.sensors.scale import Scale, ScaleSetup
from simulator import ipp_answer
from simulator.home import Home
from simulator.randomness import stream
from simulator.scenario import ScalePart


@dataclass(frozen=True)
class PrinterAnswers:
    """Takes the bytes that would go to the printer, and gives the bytes that would come back."""

    home: Home

    def __call__(self, url: str, body: bytes) -> bytes:
        if not self.home.printer.on:
            raise SensorError("no answer from the printer: it is switched off")
        return ipp_answer.answer(self.home.printer, body, up_s=86_400)


@dataclass(frozen=True)
class Weight:
    """What the scale shows at this moment."""

    home: Home
    chance: random.Random

    def grams(self) -> float:
        shown = self.home.milk.shown(self.chance)
        if shown is None:
            raise SensorError("the door is open")
        return shown


def sensors(home: Home) -> list[Sensor]:
    """What the agent of this household polls."""
    part, scale = home.scenario.printer, home.scenario.scale
    weight = Weight(home, stream(home.seed, "noise", scale.name))
    address = IppAddress.parse("ipp://printer.home/ipp/print")
    return [IppPrinter(part.name, address, PrinterAnswers(home)), Scale(scale.name, weight, setup(scale))]


def setup(scale: ScalePart) -> ScaleSetup:
    return ScaleSetup(
        description=scale.description,
        serial=scale.serial,
        container_g=scale.container_g,
        noise_g=max(5.0, 3 * scale.noise_g),
    )

"""The household's devices, as its agent's file names them."""

from simulator.scenario import Scenario

WEIGHTS = "fridge.csv"
_DEVICES = """\
[[devices]]
type = "ipp"
name = "{printer}"
address = "{printer_address}"

[[devices]]
type = "scale"
name = "{scale.name}"
address = "{weights}"
description = "{scale.description}"
serial = "{scale.serial}"
container_g = {scale.container_g}
noise_g = {noise_g}
"""
_WRISTBAND = """
[[devices]]
type = "wristband"
name = "{name}"
address = "{address}"
serial = "{serial}"
"""


def devices(scenario: Scenario, printer_address: str, band_address: str) -> str:
    """TOML. The file of weights lies beside the agent's."""
    scale, band = scenario.scale, scenario.wristband
    read = _DEVICES.format(
        printer=scenario.printer.name, printer_address=printer_address, scale=scale, weights=WEIGHTS,
        noise_g=max(5.0, 3 * scale.noise_g),
    )  # fmt: skip
    worn = _WRISTBAND.format(name=band.name, address=band_address, serial=band.serial) if band else ""
    return read + worn

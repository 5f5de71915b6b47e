"""Which printers announce themselves, and which announcements are of the same printer. Pure.

A printer is known by its UUID, else by its serial, else by its hardware address; never by its network address, which
may be another's tomorrow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

IPP, IPPS, RAW, LPD = "_ipp._tcp.local.", "_ipps._tcp.local.", "_pdl-datastream._tcp.local.", "_printer._tcp.local."
TYPES = (IPP, IPPS, RAW, LPD)
_SCHEMES = {IPP: "ipp", IPPS: "ipps"}
_TEXT_LIMIT = 200


@dataclass(frozen=True)
class Announced:
    """One service as it was announced. `port` 0: it is named, and not offered."""

    type: str
    name: str
    address: str
    port: int
    txt: Mapping[str, str]


@dataclass(frozen=True)
class Printer:
    """`identity` None: it has told nothing that survives a new address. `url`: where it may tell its supplies."""

    identity: str | None
    name: str
    model: str | None
    address: str
    url: str | None
    services: tuple[str, ...]


def printers(announced: Iterable[Announced], hardware: Mapping[str, str]) -> list[Printer]:
    """Each once, by name. `hardware`: MAC by address, as this machine knows its neighbours."""
    found: dict[str, Printer] = {}
    for each in sorted(announced, key=lambda each: (TYPES.index(each.type), each.name, each.address)):
        seen = _printer(each, hardware)
        key = next((key for key, known in found.items() if _is_same(known, seen)), None)
        found[key or f"{seen.address} {seen.name}"] = _joined(found[key], seen) if key else seen
    return sorted(found.values(), key=lambda printer: (printer.name, printer.address))


def identity_of(uuid: str | None, serial: str | None, mac: str | None) -> str | None:
    """As text that says what it is. None: nothing of it is known."""
    told = (("uuid", _plain_uuid(uuid or "")), ("serial", (serial or "").strip()), ("mac", (mac or "").lower().strip()))
    return next((f"{kind} {value}" for kind, value in told if value and set(value) - set("0:- ")), None)


def told_itself(printer: Printer, identity: str | None, model: str | None) -> Printer:
    """With what the printer said when it was asked."""
    return replace(printer, identity=_better(identity, printer.identity), model=printer.model or model)


def _printer(each: Announced, hardware: Mapping[str, str]) -> Printer:
    txt = {key.lower(): value.strip()[:_TEXT_LIMIT] for key, value in each.txt.items()}
    model = txt.get("ty") or " ".join(filter(None, (txt.get("usb_mfg"), txt.get("usb_mdl")))) or txt.get("product", "")
    serial = txt.get("usb_ser") or txt.get("serialnumber") or txt.get("sn")
    return Printer(
        identity=identity_of(txt.get("uuid"), serial, hardware.get(each.address)),
        name=each.name.removesuffix(f".{each.type}"),
        model=model.strip("()") or None,
        address=each.address,
        url=_url(each, txt),
        services=(each.type.split(".")[0],) if each.port else (),
    )


def _url(each: Announced, txt: Mapping[str, str]) -> str | None:
    host = f"[{each.address}]" if ":" in each.address else each.address
    scheme = _SCHEMES.get(each.type)
    if scheme is None:
        return f"snmp://{host}/"  # what only prints may still tell its supplies there
    if not each.port:
        return None
    return f"{scheme}://{host}:{each.port}/{txt.get('rp', 'ipp/print').lstrip('/')}"


def _is_same(known: Printer, seen: Printer) -> bool:
    if known.identity is not None and seen.identity is not None:
        return known.identity == seen.identity or (known.address, known.name) == (seen.address, seen.name)
    return (known.address, known.name) == (seen.address, seen.name)


def _joined(known: Printer, seen: Printer) -> Printer:
    """What was announced first is better: IPP, then IPP over TLS, then what prints alone."""
    return replace(
        known,
        identity=_better(known.identity, seen.identity),
        model=known.model or seen.model,
        url=known.url if known.url and not known.url.startswith("snmp") else seen.url or known.url,
        services=tuple(dict.fromkeys(known.services + seen.services)),
    )


def _better(one: str | None, other: str | None) -> str | None:
    order = ("uuid", "serial", "mac")
    both = [each for each in (one, other) if each]
    return min(both, key=lambda each: order.index(each.split()[0]), default=None)


def _plain_uuid(text: str) -> str:
    return text.strip().lower().removeprefix("urn:").removeprefix("uuid:")

"""What printers' names and types mean: ink, part or waste, which colour, which serial. Pure, multilingual, cautious."""

import re

from contract.fields import Supply

_CONSUMABLE_TYPES = frozenset(
    {"toner", "tonercartridge", "ink", "inkcartridge", "inkribbon", "ribbon", "solidwax", "ribbonwax", "wax", "staples"}
)
_VAGUE_TYPES = frozenset({"", "other", "unknown"})
_WASTE = re.compile(
    r"waste|resttoner|alttoner|resttinte|rebut|d[ée]chet|usag[ée]|r[ée]cup[ée]ra|scarto|recuper|residu|desech|resid[uv]"
    r"|maintenance.?(box|tank|cartridge)|wartungs|廃|回収|废|廢",
    re.IGNORECASE,
)
_PART = re.compile(
    r"drum|trommel|tambour|tambor|tamburo|\bopc\b|photoconductor|imaging.?unit|bildeinheit|fus(er|ing)|fixier"
    r"|fusore|fusor|transfer|\bbelt\b|courroie|developer|entwickler|maintenance|clean|roller|\bkit\b"
    r"|感光|定影|转印|轉印|ドラム|定着|転写|現像|显影",
    re.IGNORECASE,
)
_INK = re.compile(
    r"toner|\bink|cartridge|encre|cartouche|tinte|patrone|tinta|cartucho|inchiostro|cartuccia|墨|碳粉|粉盒|インク|トナー",
    re.IGNORECASE,
)

_COLOUR_WORDS = (  # the longer name first: "photo black" is not black
    ("photo_black", r"photo\s*(black|schwarz|noir|nero|negro)|foto\s*schwarz"),
    ("matte_black", r"matte?\s*(black|schwarz|noir|nero|negro)"),
    ("light_cyan", r"light\s*cyan|hellcyan|cyan clair"),
    ("light_magenta", r"light\s*magenta|hellmagenta|magenta clair"),
    ("tricolour", r"tri-?\s*colou?r|three-?\s*colou?r|dreifarb|trois couleurs"),
    ("black", r"black|schwarz|noir|nero|negro|preto|zwart|黑|ブラック|\bbk\b|^k$"),
    ("cyan", r"cyan|ciano|cian\b|青|シアン|^c$"),
    ("magenta", r"magenta|品红|洋红|紅|マゼンタ|^m$"),
    ("yellow", r"yellow|gelb|jaune|giallo|amarillo|amarelo|geel|黄|黃|イエロー|^y$"),
    ("grey", r"gr[ae]y|grau|\bgris\b|grigio"),
    ("red", r"\bred\b"),
    ("blue", r"\bblue\b"),
    ("green", r"\bgreen\b"),
)
_COLOURS = tuple((code, re.compile(pattern, re.IGNORECASE)) for code, pattern in _COLOUR_WORDS)
_HEX = {
    "#000000": "black",
    "#00ffff": "cyan",
    "#ff00ff": "magenta",
    "#ffff00": "yellow",
    "#808080": "grey",
    "#ff0000": "red",
    "#0000ff": "blue",
    "#00ff00": "green",
}

_SERIAL = re.compile(
    r"[\s,;_]*(?:S/N[_ ]*[:#]?\s*|\bSN[_ ]*[:#]?\s*|serial(?:\s*(?:number|no\.?))?\s*[:#]\s*)([A-Z0-9][A-Z0-9-]{5,})"
    r"|(CRUM-[A-Z0-9]{6,})",
    re.IGNORECASE,
)
_PART_NUMBER = re.compile(
    r"[\s,;_]*\b(?:P/N|PN|part(?:\s*(?:number|no\.?)))[_ ]*[:#]?\s*([A-Z0-9][A-Z0-9-]{3,})", re.IGNORECASE
)
_FOREIGN = re.compile(
    r"non[\s_-]?(hp|genuine|oem|original|brother|canon|epson|xerox)|third[\s_-]?party|counterfeit|refilled",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_TEXT_LIMIT = 200


def supply_of(type_: str, name: str, *, coloured: bool) -> Supply:
    """The cautious class wins: what may be waste or a part is never ordered like ink."""
    kind = re.sub(r"[^a-z]", "", type_.lower())
    if kind.startswith("waste") or _WASTE.search(name):
        return Supply.RECEPTACLE
    if kind in _CONSUMABLE_TYPES:
        return Supply.PART if _PART.search(name) else Supply.CONSUMABLE
    if kind not in _VAGUE_TYPES or _PART.search(name):
        return Supply.PART
    return Supply.CONSUMABLE if coloured or _INK.search(name) else Supply.PART


def colour_of(name: str, hexes: str) -> str | None:
    """None: neither the name nor the colour value says it."""
    for code, pattern in _COLOURS:
        if pattern.search(name.strip()):
            return code
    if hexes.count("#") > 1:
        return "tricolour"
    return _HEX.get(hexes.strip().lower())


def serial_in(text: str) -> str | None:
    """None: the text names no serial number. The best sign of a changed cartridge."""
    found = _SERIAL.search(text)
    return clean(found[1] or found[2]) if found else None


def part_number_in(text: str) -> str | None:
    """None: the text names no part number."""
    found = _PART_NUMBER.search(text)
    return clean(found[1]) if found else None


def says_foreign(text: str) -> bool:
    """The printer complains about a supply that its maker did not make."""
    return _FOREIGN.search(text) is not None


def described(name: str) -> str | None:
    """The name without serial and part number. None: nothing is left."""
    return clean(_PART_NUMBER.sub("", _SERIAL.sub("", name)).strip(" ,;_-"))


def clean(text: str) -> str | None:
    """One printable line of bounded length. None: nothing is left."""
    return _CONTROL.sub(" ", text).strip()[:_TEXT_LIMIT].strip() or None

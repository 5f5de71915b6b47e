"""What printers' names and types mean: ink, part or waste, which colour, which serial. Pure, multilingual, cautious."""

import re

from contract.fields import Supply

_CONSUMABLE_TYPES = frozenset(
    {
        "toner", "tonercartridge", "mattetoner", "ink", "inkcartridge", "matteink", "inkribbon", "ribbon", "solidwax",
        "ribbonwax", "wax",
    }
)  # fmt: skip
_VAGUE_TYPES = frozenset({"", "other", "unknown"})
_WASTE = re.compile(
    r"waste|(used|spent).?(toner|ink)|(toner|ink).?collect|collection (unit|kit|bottle|container)|toner.?recovery"
    r"|resttoner|alttoner|resttinte|tonerabfall|rebut|d[ée]chet|usag[ée]|r[ée]cup[ée]ra|scarto|esaust|recuper|residu"
    r"|desech|resid[uv]|usado|gebruikte|afval|spilltoner|överskott|affald|avfall|zu[żz]yt|odpad|hullad|at\u0131k|отработ"
    r"|отход|폐|maintenance.?(box|tank|cartridge)|wartungs(box|tank)|廃|回収|废|廢",
    re.IGNORECASE,
)
_PART = re.compile(
    r"drum|trommel|tambour|tambor|tamburo|trumma|tromle|bęben|барабан|\bopc\b|photo.?conductor|fotoleit|imaging.?unit"
    r"|bildeinheit|image unit"
    r"|fus(er|ing)|fixier|fusore|fusor|utrwal|термо|transfer|transf[eé]r|\bbelt\b|courroie"
    r"|developer|entwickler|d[ée]velopp|revelador|maintenance|wartung|clean|reinig|roller|\broll\b"
    r"|(?<!toner )\bkit\b|filter"
    r"|print.?head|druckkopf|t[êe]te d.impression|testina|cabezal|staple|stapling|heftklammer|agrafe|grapa|punti met"
    r"|feeder|corona|ozone|process.?unit|charg(er|ing)|separation|pick.?up|\bpad\b|感光|定影|转印|轉印|ドラム|定着|転写|現像|显影|顯影|드럼|정착|전사|현상",
    re.IGNORECASE,
)
_INK = re.compile(
    r"toner|\bink|cartridge|encre|cartouche|tinte|patrone|tinta|cartucho|inchiostro|cartuccia|kassette|тонер|чернил"
    r"|картридж|tusz|bläck|blæk|墨|碳粉|粉盒|インク|トナー|토너|잉크",
    re.IGNORECASE,
)

_BLACK = (
    r"black|schwarz|\bnoire?\b|\bner[oa]\b|\bnegr[oa]\b|\bpret[oa]\b|zwart|\bsvart|\bsort\b|czarn|[čc]ern[áýy]"
    r"|fekete|siyah|\bmusta\b|ч[её]рн|黑|黒|ブラック|검정|블랙|\bbk\b|^k$"
)
_YELLOW = (
    r"yellow|gelb|\bjaune|giall[oa]|amarill[oa]|amarel[oa]|\bgeel|\bgul\b|keltai|żółt|[žz]lut|sárga|\bsar\u0131\b"
    r"|ж[её]лт|黄|黃|イエロー|노랑|옐로|^y$"
)
# The longer name first: "photo black" is not black. Where a word is short, only as a word of its own.
_COLOUR_WORDS = (
    ("photo_black", r"photo\s*(black|schwarz|noir|nero|negro)|foto\s*schwarz"),
    ("matte_black", r"matte?\s*(black|schwarz|noir|nero|negro)|mattschwarz"),
    ("light_cyan", r"light\s*cyan|hellcyan|cyan clair|photo\s*cyan"),
    ("light_magenta", r"light\s*magenta|hellmagenta|magenta clair|photo\s*magenta"),
    ("light_grey", r"light\s*gr[ae]y|hellgrau|gris clair"),
    ("tricolour", r"tri-?\s*colou?r|three-?\s*colou?r|dreifarb|trois couleurs"),
    ("black", _BLACK),
    ("cyan", r"cyan|\bciano\b|\bcian\b|cián|syaani|azurov|błękit|cyjan|camgöbe|голуб|циан|青|シアン|시안|사이안|^c$"),
    ("magenta", r"ma[gj]enta|macenta|purpur|пурпур|品红|洋红|紅|红|マゼンタ|마젠타|자홍|^m$"),
    ("yellow", _YELLOW),
    ("grey", r"gr[ae]y|grau|\bgris\b|grigio|灰"),
    ("white", r"\bwhite|wei[sß]+\b|\bblanc\b|白"),
    ("clear", r"\bclear\b|transparent|gloss optimi"),
    ("orange", r"\borange"),
    ("violet", r"\bviolet|\bpurple"),
    ("red", r"\bred\b"),
    ("blue", r"\bblue\b"),
    ("green", r"\bgreen\b"),
)
_COLOURS = tuple((code, re.compile(pattern, re.IGNORECASE)) for code, pattern in _COLOUR_WORDS)
_LETTERS = {"k": "black", "c": "cyan", "m": "magenta", "y": "yellow"}
# Kyocera, Triumph-Adler and UTAX end the code of a colour cartridge with its letter; others put it behind the word.
_LETTER = re.compile(
    r"\b(?:tk|ck|pk)-?\d{3,4}([kcmy])\b|\b(?:toner|ink)(?: cartridge)?[\s:(-]+([kcmy])\b", re.IGNORECASE
)
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

# A number has digits: "SNunknown" and a label with nothing behind it are none.
_SERIAL = re.compile(
    r"[\s,;_]*(?:S/N[_ ]*[:#]?\s*|\bSN[_ ]*[:#]?\s*|serial(?:\s*(?:number|no\.?))?\s*[:#]\s*)"
    r"((?=[A-Z-]*\d)[A-Z0-9][A-Z0-9-]{5,})|(CRUM-[A-Z0-9]{6,})",
    re.IGNORECASE,
)
_PART_NUMBER = re.compile(
    r"[\s,;_]*\b(?:P/N|PN|part(?:\s*(?:number|no\.?)))[_ ]*[:#]?\s*((?=[A-Z-]*\d)[A-Z0-9][A-Z0-9-]{3,})",
    re.IGNORECASE,
)
# Codes as makers print them on the box, where no label announces them: TK-3130, CF410A, L0S70A, T9441, 106R01509.
_CODE = re.compile(
    r"(?<![A-Z0-9])(?:C-EXV ?\d{1,3}|C13[TS]\d{6}|[A-Z]{1,4}-\d{2,5}[A-Z]{0,3}|[A-Z]-[A-Z]{2}\d{2,3}[A-Z]{0,3}"
    r"|[A-Z]{1,3}\d{3,5}[A-Z]{0,2}|[A-Z]\d[A-Z]\d{2}[A-Z]{1,2}|\d[A-Z]{2}\d{2}[A-Z]{1,2}|\d{2,3}[A-Z]\d{4,5})"
    r"(?![A-Z0-9-])"
)
_LABEL = re.compile(r"[\s,;_]*\b(?:S/N|SN|P/N|PN)(?:[_ ]*[:#]\s*(?:CRUM-)?|\s*unknown)?\s*(?=$|[,;])", re.IGNORECASE)
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
    letter = _LETTER.search(name)
    if letter:
        return _LETTERS[(letter[1] or letter[2]).lower()]
    if hexes.count("#") > 1:
        return "tricolour"
    return _HEX.get(hexes.strip().lower())


def serial_in(text: str) -> str | None:
    """None: the text names no serial number. The best sign of a changed cartridge."""
    found = _SERIAL.search(text)
    return clean(found[1] or found[2]) if found else None


def part_number_in(text: str) -> str | None:
    """None: the text names no part number. Where it names several that fit, the first."""
    found = _PART_NUMBER.search(text)
    if found:
        return clean(found[1])
    code = _CODE.search(_SERIAL.sub(" ", text))
    return clean(code[0]) if code else None


def says_foreign(text: str) -> bool:
    """The printer complains about a supply that its maker did not make."""
    return _FOREIGN.search(text) is not None


def described(name: str) -> str | None:
    """The name without serial and part number. None: nothing is left."""
    return clean(_LABEL.sub("", _PART_NUMBER.sub("", _SERIAL.sub("", name))).strip(" ,;_-"))


def clean(text: str) -> str | None:
    """One printable line of bounded length. None: nothing is left."""
    return _CONTROL.sub(" ", text).strip()[:_TEXT_LIMIT].strip() or None

"""The kinds of field that messages are made of, each with its bounds."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from contract import limits

# No control characters anywhere: PostgreSQL refuses \\u0000, terminals obey the others.
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Stream = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$", description="128 random bits, minted with the spool file")]
Lane = Annotated[str, Meta(pattern=r"^(readings|alarms|results)$", description="what is numbered together")]
Seq = Annotated[int, Meta(ge=1, le=limits.MAX_INTEGER, description="counts per stream and lane from 1")]
Boot = Annotated[int, Meta(ge=0, le=limits.MAX_INTEGER, description="counts the starts of the machine")]
UpMs = Annotated[int, Meta(ge=0, le=limits.MAX_UP_MS, description="milliseconds since that boot, never steps back")]
AtMs = Annotated[int, Meta(ge=0, le=limits.MAX_AT_MS, description="milliseconds since 1970-01-01 UTC")]
AnchorAtMs = Annotated[
    int,
    Meta(ge=0, le=limits.MAX_AT_MS - limits.MAX_UP_MS, description="milliseconds since 1970-01-01 UTC, after the boot"),
]
Version = Annotated[int, Meta(ge=0, le=limits.MAX_INTEGER)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description="local to the agent")]
Text = Annotated[str, Meta(max_length=200, pattern=_PRINTABLE)]
Code = Annotated[str, Meta(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Resolution = Annotated[float, Meta(gt=0, le=limits.MAX_AMOUNT, description="smallest step, in the unit of `kind`")]
Range = Annotated[list[Seq], Meta(min_length=2, max_length=2, description="first and last, both included")]
Ranges = Annotated[list[Range], Meta(max_length=limits.MAX_RANGES_PER_MESSAGE)]


class Kind(StrEnum):
    """What a value counts, with its unit."""

    LEVEL_FRACTION = "level_fraction"
    AMOUNT_G = "amount_g"
    AMOUNT_ML = "amount_ml"
    COUNT = "count"


class Quality(StrEnum):
    """How far a value can be trusted. Only `good` and `coarse` carry one."""

    GOOD = "good"
    COARSE = "coarse"
    SOME = "some"  # there is some, nobody knows how much
    STALE = "stale"
    UNKNOWN = "unknown"
    IMPLAUSIBLE = "implausible"


WITH_VALUE = frozenset({Quality.GOOD, Quality.COARSE})


class Purpose(StrEnum):
    """What a person consents to, each by itself."""

    SUPPLY = "supply"
    ORDER = "order"
    LEARN = "learn"
    SAFETY = "safety"
    MOVEMENT = "movement"
    CIRCLE = "circle"


class Point(StrEnum):
    """How readily what looks like a fall is taken for one."""

    SENSITIVE = "sensitive"
    BALANCED = "balanced"
    QUIET = "quiet"


def point(code: str) -> Point:
    """What a newer cloud calls otherwise is `balanced`: a wish must never be lost for a word."""
    return Point(code) if code in set(Point) else Point.BALANCED


class Supply(StrEnum):
    """What a slot holds. Only a consumable is ever ordered from its level."""

    CONSUMABLE = "consumable"
    PART = "part"
    RECEPTACLE = "receptacle"


class Refusal(StrEnum):
    """Why the cloud will never store a message: the agent deletes it, counts it, and reports how many there were."""

    MALFORMED = "malformed"
    UNKNOWN_VERSION = "unknown_version"
    TOO_LARGE = "too_large"
    NO_CONSENT = "no_consent"
    REVOKED = "revoked"


class Loss(StrEnum):
    """Why an agent let go of messages that nobody stored."""

    SPOOL_FULL = "spool_full"
    WITHDRAWN = "withdrawn"
    QUARANTINED = "quarantined"
    CORRUPT = "corrupt"


class State(StrEnum):
    """Where an agent is."""

    READY = "ready"
    SLEEPING = "sleeping"
    LOST = "lost"


class Order(StrEnum):
    """What a command asks of an agent."""

    IDENTIFY = "identify"
    DRILL = "drill"
    HELP_IS_COMING = "help_is_coming"

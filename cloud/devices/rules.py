"""When a row was taken, who a device is, and which numbers are spoken of together."""

from collections.abc import Iterable

from contract.messages import Anchor, DeviceReport

UNKNOWN_TYPE = "unknown"
_NAMELESS = "local:"


def identity(agent_id: str, report: DeviceReport) -> str:
    """UUID, else serial number, else the local name: never an address."""
    if report.uuid:
        return f"uuid:{report.uuid.lower()}"
    if report.serial:
        return f"serial:{report.type}:{report.serial}"
    return f"{_NAMELESS}{agent_id}/{report.device}"


def is_nameless(identity: str) -> bool:
    """Known by what one agent calls it, and by nothing of its own."""
    return identity.startswith(_NAMELESS)


def types_agree(one: str, other: str) -> bool:
    return one == other or UNKNOWN_TYPE in {one, other}


def dated(at_ms: int | None, up_ms: int, anchor: Anchor | None) -> int | None:
    """The time of a row, by its own clock or by the anchor of its boot. None: that boot never knew the time."""
    if at_ms is not None:
        return at_ms
    return None if anchor is None else anchor.at_ms - anchor.up_ms + up_ms


def ranges(seqs: Iterable[int]) -> list[list[int]]:
    """[1, 2, 3, 7] -> [[1, 3], [7, 7]]: exact, never a watermark."""
    found: list[list[int]] = []
    for seq in sorted(set(seqs)):
        if found and seq == found[-1][1] + 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found

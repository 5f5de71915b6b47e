"""What stands in the flash: records, each with its CRC-32. Pure.

    kind  mark      size  seq  crc  body
    u8    u8        u16   u64  u32  size bytes; all little-endian
          lane << 4 | purpose

The first record of a segment is a checkpoint: all that must be known of what came before it.
"""

import binascii
import struct

CHECKPOINT, MESSAGE, LET_GO, WISH, GAPS_NAMED, STARTED, BELONGS = 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7
HEAD_BYTES = 16
MOST_BODY = 1000  # bytes of a message; with its head it fits four pages of 256
SPANS_IN_ONE = 60

STORED, REFUSED, SPOOL_FULL, WITHDRAWN, QUARANTINED, CORRUPT = range(6)
LOSSES = (None, None, "spool_full", "withdrawn", "quarantined", "corrupt")  # the first two are no loss

_HEAD, _CRC_AT = "<BBHQI", 12
_SPAN = "<QI"
_SPAN_BYTES = 12
_GAP = "<BQI"
_GAP_BYTES = 13
_FACTS = "<IQQI16sQQBBB"
_FACTS_BYTES = 59


def pack(kind, mark, seq, body):
    head = struct.pack(_HEAD, kind, mark, len(body), seq, 0)
    crc = binascii.crc32(body, binascii.crc32(head[:_CRC_AT]))
    return head[:_CRC_AT] + struct.pack("<I", crc & 0xFFFFFFFF) + body


def head(data):
    """(kind, mark, size, seq), or None: no record begins here."""
    kind, mark, size, seq, _ = struct.unpack(_HEAD, data)
    return (kind, mark, size, seq) if CHECKPOINT <= kind <= BELONGS else None


def is_whole(head_bytes, body):
    crc = struct.unpack(_HEAD, head_bytes)[4]
    return crc == binascii.crc32(body, binascii.crc32(head_bytes[:_CRC_AT])) & 0xFFFFFFFF


def spans(seqs):
    """Numbers in order, as unbroken [first, last]."""
    found = []
    for seq in seqs:
        if found and found[-1][1] == seq - 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found


def pack_spans(each):
    return b"".join([struct.pack(_SPAN, first, last - first) for first, last in each])


def unpack_spans(body):
    found = []
    for at in range(0, len(body) - _SPAN_BYTES + 1, _SPAN_BYTES):
        first, more = struct.unpack_from(_SPAN, body, at)
        found.append([first, first + more])
    return found


class Known:
    """All that a spool knows beside the messages' bytes."""

    def __init__(self, stream):
        self.number = 0  # of the segment
        self.boot = 0
        self.session = 0
        self.refused = 0
        self.stream = stream  # 16 bytes
        self.next_seq = [1, 1]  # by lane
        self.agent = ""
        self.wish = b""  # the last `desired`, as JSON; empty: none yet
        self.gaps = []  # [lane, first, last, reason]


def pack_known(known, waiting):
    """`waiting`: for each lane the numbers that wait, in order."""
    runs = [spans(seqs) for seqs in waiting]
    agent = known.agent.encode()
    facts = struct.pack(
        _FACTS, known.number, known.boot, known.session, known.refused, known.stream, known.next_seq[0],
        known.next_seq[1], len(runs[0]), len(runs[1]), len(known.gaps),
    )  # fmt: skip
    gaps = [struct.pack(_GAP, lane << 4 | reason, first, last - first) for lane, first, last, reason in known.gaps]
    parts = [facts, pack_spans(runs[0]), pack_spans(runs[1]), b"".join(gaps), bytes([len(agent)]), agent, known.wish]
    return b"".join(parts)


def unpack_known(body):
    """What is known, and for each lane the runs of numbers that waited then."""
    facts = struct.unpack(_FACTS, body[:_FACTS_BYTES])
    known = Known(facts[4])
    known.number, known.boot, known.session, known.refused = facts[:4]
    known.next_seq = [facts[5], facts[6]]
    at, runs = _FACTS_BYTES, []
    for count in facts[7:9]:
        runs.append(unpack_spans(body[at : at + count * _SPAN_BYTES]))
        at += count * _SPAN_BYTES
    for _ in range(facts[9]):
        mark, first, more = struct.unpack_from(_GAP, body, at)
        known.gaps.append([mark >> 4, first, first + more, mark & 15])
        at += _GAP_BYTES
    size = body[at]
    known.agent, known.wish = str(body[at + 1 : at + 1 + size], "utf-8"), body[at + 1 + size :]
    return known, runs

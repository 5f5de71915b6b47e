"""After a start: the newest checkpoint, what was written behind it, and where the waiting messages stand."""

from forehand import records
from forehand.history import History


def recovered(ring):
    """(history, segment to go on in, place to go on at), or None: there is no checkpoint, the flash is new."""
    newest = _newest(ring)
    if newest is None:
        return None
    known, runs, head = newest
    history = History(known, runs)
    for ahead in range(1, ring.segments):  # from the oldest to the newest, so that the last copy counts
        for at, record in ring.every((head + ahead) % ring.segments):
            if record[0] == records.MESSAGE and record[2] in history.waiting[record[1] >> 4]:
                history.apply(at, record)
    for at, record in ring.every(head):
        history.apply(at, record)
    following = (head + 1) % ring.segments
    if _goes_on(ring, following, history):
        for at, record in ring.every(following):
            history.apply(at, record)
        return history, following, (following + 1) * ring.segment_bytes
    return history, head, ring.resume(head)


def _newest(ring):
    newest = None
    for segment in range(ring.segments):
        record = ring.record(segment * ring.segment_bytes)
        if record is not None and record[0] == records.CHECKPOINT:
            known, runs = records.unpack_known(record[3])
            if newest is None or known.number > newest[0].number:
                newest = known, runs, segment
    return newest


def _goes_on(ring, segment, history):
    """Did the checkpoint of the newest segment rot? Its new messages say so: their numbers must not be given again."""
    return any(
        record[0] == records.MESSAGE and record[2] >= history.known.next_seq[record[1] >> 4]
        for _, record in ring.every(segment)
    )

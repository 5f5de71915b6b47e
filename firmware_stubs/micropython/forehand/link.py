"""The board's side of the end-to-end acknowledgement. What it holds can be lost at any moment."""

from forehand import records
from forehand.history import is_among
from forehand.wire import ALARMS, LANES

PLACES, FOR_ALARMS = 8, 3  # on their way at once; nothing but alarms ever takes the last ones
ANSWER_MS = (10_000, 30_000)  # by lane: how long an answer may take
LONGEST_MS = (60_000, 600_000)  # each time without one doubles it, up to this
GREETED_MS = 3_000  # in which a cloud that has just come answers what had waited for it
QUARANTINE_AFTER = 8  # sends that went unanswered while others were answered

_DUE, _WAIT, _ANSWERS, _PASSED_OVER = 0, 1, 2, 3


class Link:
    """`publish(topic, payload, retain)` says whether the connection took it."""

    def __init__(self, agent, spool, publish):
        self._root = f"forehand/v1/{agent}/up/"
        self._spool = spool
        self._publish = publish
        self._sent = {}  # (lane, seq): [due, wait, answers heard when it was sent, times passed over]
        self._reached = [0, 0]
        self._answers = 0
        self._heard_ms = 0
        self.is_up = False

    def connected(self, now_ms):
        """Nobody knows what of the old connection arrived, so all of it goes again."""
        self.is_up = True
        for (lane, _), sent in self._sent.items():
            sent[_DUE], sent[_WAIT], sent[_ANSWERS] = now_ms, ANSWER_MS[lane], self._answers

    def say(self, name, body, *, retain=False):
        """One message. False: there is no connection; `connected` will follow."""
        try:
            self.is_up = self.is_up and bool(self._publish(self._root + name, body, retain))
        except OSError:
            self.is_up = False
        return self.is_up

    def work(self, now_ms):
        """The most urgent lane first; of each, what nobody answered, then what is new."""
        for lane in range(len(LANES)):
            for key in sorted([key for key, sent in self._sent.items() if key[0] == lane and sent[_DUE] <= now_ms]):
                if self.is_up:
                    self._again(key, now_ms)
            room = PLACES - (0 if lane == ALARMS else FOR_ALARMS) - len(self._sent)
            for seq in [seq for seq in self._spool.numbers(lane) if seq > self._reached[lane]][: max(0, room)]:
                if not (self.is_up and self._send(lane, seq)):
                    return
                self._reached[lane] = seq
                self._sent[lane, seq] = [now_ms + ANSWER_MS[lane], ANSWER_MS[lane], self._answers, 0]

    def stored(self, answer, now_ms):
        """What `wire.stored` made of it: the cloud has committed these, or never will."""
        stream, lane, spans, refused, gaps = answer
        if stream != self._spool.stream:
            return
        self._spool.stored(lane, spans)
        self._spool.refuse(lane, refused)
        self._spool.gaps_named(lane, gaps)
        self._note_answers(lane, spans, refused, now_ms)

    def cloud_spoke(self, now_ms):
        """A cloud that starts greets everybody. Unless it answers now, what it was sent before goes again soon."""
        for (lane, _), sent in self._sent.items():
            if now_ms + GREETED_MS < sent[_DUE]:
                sent[_DUE], sent[_WAIT], sent[_ANSWERS] = now_ms + GREETED_MS, ANSWER_MS[lane], self._answers

    def forget_dropped(self):
        """Free the places of what waits no more."""
        waiting = [set(self._spool.numbers(lane)) for lane in range(len(LANES))]
        for lane, seq in list(self._sent):
            if seq not in waiting[lane]:
                del self._sent[lane, seq]

    def due_ms(self):
        """When `work` is needed next. None: only after something else happens."""
        if not self.is_up or not self._sent:
            return None
        return min([sent[_DUE] for sent in self._sent.values()])

    def _send(self, lane, seq):
        body = self._spool.get(lane, seq)
        return self.is_up if body is None else self.say(LANES[lane], body)

    def _again(self, key, now_ms):
        lane, seq = key
        sent = self._sent[key]
        if self._answers > sent[_ANSWERS]:
            sent[_PASSED_OVER] += 1
        if sent[_PASSED_OVER] >= QUARANTINE_AFTER and lane != ALARMS:
            self._spool.let_go(lane, [seq], records.QUARANTINED)
            del self._sent[key]
        elif self._send(lane, seq):
            sent[_WAIT] = min(2 * sent[_WAIT], LONGEST_MS[lane])
            sent[_DUE], sent[_ANSWERS] = now_ms + sent[_WAIT], self._answers

    def _note_answers(self, lane, spans, refused, now_ms):
        named = [key for key in self._sent if key[0] == lane and (key[1] in refused or is_among(key[1], spans))]
        for key in named:
            del self._sent[key]
        if not named:
            return
        if now_ms - self._heard_ms > ANSWER_MS[lane]:  # the cloud is back: no need to wait out the long pauses
            for (of, _), sent in self._sent.items():
                sent[_DUE], sent[_WAIT] = min(sent[_DUE], now_ms + ANSWER_MS[of]), ANSWER_MS[of]
        self._heard_ms = now_ms
        self._answers += len(named)

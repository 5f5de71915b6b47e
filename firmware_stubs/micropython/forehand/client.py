"""The client: what was heard, what was measured, what must be said. One thread; the board comes in as an argument."""

import binascii

from forehand import messages, wire, wishes
from forehand.alarms import Alarms
from forehand.link import Link
from forehand.moments import Moments
from forehand.records import MOST_BODY
from forehand.reporter import Reporter
from forehand.spool import Spool
from forehand.wire import READINGS, SUPPLY

MOST_ANSWERS = 8  # heard and not yet worked; what is passed over the cloud says again
ENVELOPE_BYTES = 280  # of a batch beside its readings, at most


class Client:
    """One identity, one connection. `start` once, `will` before each connection, `connected` after it, `step` often.

    The board has `publish(topic, payload, retain)` (QoS 1; did the connection take it?), `ticks_ms()` as MicroPython
    counts them, `now_ms()` since 1970 or None, `random(n)`, `flash` as `ring.py` wants it, and `page`, the bytes
    that its flash writes at once.
    """

    def __init__(self, board, agent, devices=(), version="micropython-0.1.0"):
        if not wire.is_agent(agent) or not wire.is_text(version):
            raise ValueError("an agent's id is short, of lower-case letters, digits and dashes")
        self._moments = Moments(board.ticks_ms, board.now_ms)
        self.spool = Spool(board.flash, agent, board.random, board.page)
        self._root = f"forehand/v1/{agent}/"
        self._link = Link(agent, self.spool, board.publish)
        self.alarms = Alarms(self.spool, self._moments, lambda: str(binascii.hexlify(board.random(16)), "ascii"))
        self._reporter = Reporter(version, self.spool, self._link, devices)
        self._answers, self._wish = [], None
        self._is_dated = False  # the session's number
        self.errors = 0

    # -- the connection

    def subscription(self):
        return self._root + "down/+"

    def will(self):
        """(topic, payload) that the broker is to say, QoS 1 and retained, when this board vanishes."""
        _, at_ms = self._moments.now()
        if at_ms is not None and not self._is_dated:
            self._is_dated = True
            self._guarded(lambda: self.spool.next_session(at_ms // 1000))
        return self._root + "up/state", messages.state("lost", self.spool.session)

    def connected(self):
        """After each connection, once `subscription` is granted (QoS 1)."""
        self._link.connected(self._moments.up_ms())
        self._say_state("ready")
        self._reporter.forget()

    def lost(self):
        """The connection broke."""
        self._link.is_up = False

    def sleeping(self):
        """Goodbye for now; then disconnect. What waits is sent after the next start."""
        self._say_state("sleeping")
        self._link.is_up = False

    def heard(self, topic, payload):
        """May be called from within `publish`: the work is done by the next `step`."""
        if len(payload) > wire.MOST_HEARD:
            return
        if self._is_of(topic, "down/desired"):
            self._wish = bytes(payload)  # the newest counts
        elif self._is_of(topic, "down/stored") and len(self._answers) < MOST_ANSWERS:
            self._answers.append(bytes(payload))

    # -- the life

    def measured(self, levels):
        """Keep a look at a device: dicts as `messages.reading` takes them. How many were kept.

        None are while the household has not allowed it; what does not fit is not kept either.
        """
        kept, rows, size = 0, [], 0
        if not wishes.allows(self.spool.wish, SUPPLY):
            return kept
        up_ms, at_ms = self._moments.now()
        for level in levels:
            row = messages.reading(level, up_ms, at_ms)
            if rows and size + len(row) + 1 > MOST_BODY - ENVELOPE_BYTES:
                kept += self._keep(rows, up_ms, at_ms)
                rows, size = [], 0
            rows.append(row)
            size += len(row) + 1
        return kept + (self._keep(rows, up_ms, at_ms) if rows else 0)

    def tell(self, device, **facts):
        """What changed of a device: `reachable`, `worn`, `battery_fraction`. The next `step` reports it."""
        self._reporter.tell(device, facts)

    def step(self):
        """One round: what was heard, alarms whose time is over, everything there is to send."""
        self._guarded(self._handle_wish)
        self._guarded(self._handle_answers)
        self.alarms.work()
        self._link.forget_dropped()
        self._guarded(lambda: self._link.work(self._moments.up_ms()))
        self._reporter.work(self._moments.now())

    def idle_ms(self, longest_ms=60_000):
        """How long nothing needs doing, unless something is heard or measured."""
        if self._wish is not None or self._answers:
            return 0
        dues = [self._link.due_ms(), self._reporter.due_ms() if self._link.is_up else None, self.alarms.due_ms()]
        now_ms = self._moments.up_ms()
        return min([longest_ms] + [max(0, due - now_ms) for due in dues if due is not None])

    def _keep(self, rows, up_ms, at_ms):
        spool = self.spool
        anchor = messages.anchor(spool.boot, up_ms, at_ms)
        try:
            spool.put(
                READINGS, SUPPLY,
                lambda seq: messages.readings((spool.stream, seq, spool.boot), spool.wish["consent"], anchor, rows),
            )  # fmt: skip
        except OSError:
            return 0
        return len(rows)

    def _handle_wish(self):
        body = self._wish
        wish = None if body is None else wire.desired(body)
        if wish is not None:
            self._link.cloud_spoke(self._moments.up_ms())
            in_force = wishes.merged(self.spool.wish, wish)
            if in_force is not None:
                self.spool.accept(in_force)
        self._wish = None  # only now: what the flash did not take is tried again

    def _handle_answers(self):
        while self._answers:
            answer = wire.stored(self._answers.pop(0))
            if answer is not None:
                self._link.stored(answer, self._moments.up_ms())

    def _guarded(self, work):
        """A flash that fails now may work again, and memory may be free again; nothing else may wait for it."""
        try:
            work()
        except (OSError, MemoryError):
            self.errors += 1

    def _is_of(self, topic, name):
        known = self._root + name
        return topic == known if isinstance(topic, str) else bytes(topic) == known.encode()

    def _say_state(self, name):
        self._link.say("state", messages.state(name, self.spool.session), retain=True)

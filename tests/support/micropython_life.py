"""A board's life, scripted: its flash, its clocks, a cloud that answers. Runs on MicroPython too."""

import json

from forehand.client import Client

AGENT = "board-1"
BLOCK, BLOCKS = 4096, 16
NOON_MS = 1_795_334_400_000
DEVICES = (
    {
        "device": "fridge-1", "type": "scale", "serial": "SC-7", "model": "Shelf",
        "slots": ({"slot": "milk", "kind": "amount_g", "description": "Milch, 3,5 %, „kühl“ 牛奶 🥛"},),
    },
    {"device": "wristband-1", "type": "wristband", "serial": "WB-1", "worn": True, "battery_fraction": 0.65},
)  # fmt: skip


class PowerCutError(Exception):
    """Nothing that was in memory is left."""


class Flash:
    """A block device that only clears bits and forgives nothing. `cut_at`: the operation that the power does not see
    through; `how` much of it is done: 0 nothing, 1 half, 2 all, 3 some bits."""

    def __init__(self, blocks=BLOCKS, page=256):
        self.data = bytearray(b"\xff" * (blocks * BLOCK))
        self.blocks = blocks
        self.page = page
        self.operations = 0
        self.cut_at = None
        self.how = 0

    def ioctl(self, what, argument):
        if what == 4:
            return self.blocks
        if what == 5:
            return BLOCK
        assert what == 6
        at = argument * BLOCK
        self._do(at, b"\xff" * BLOCK, bytes(self.data[at : at + BLOCK]))
        return 0

    def readblocks(self, block, buffer, offset):
        at = block * BLOCK + offset
        buffer[:] = self.data[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset):
        at = block * BLOCK + offset
        before = bytes(self.data[at : at + len(buffer)])
        assert offset + len(buffer) <= BLOCK
        assert offset % self.page == len(buffer) % self.page == 0
        assert before == b"\xff" * len(buffer), "written twice"
        self._do(at, bytes(buffer), before)

    def _do(self, at, after, before):
        self.operations += 1
        if self.operations != self.cut_at:
            self.data[at : at + len(after)] = after
            return
        half = len(after) // 2
        mixed = bytes([after[i] if i % 3 else before[i] for i in range(len(after))])
        self.data[at : at + len(after)] = (before, after[:half] + before[half:], after, mixed)[self.how]
        raise PowerCutError


class Board:
    """Everything outside the client. Its time passes only when told to."""

    def __init__(self, flash, cloud):
        self.flash = flash
        self.page = flash.page
        self.cloud = cloud
        self.up_ms = 2**30 - 20_000  # the counter wraps round soon
        self.wall_ms = None
        self.seed = 1

    def ticks_ms(self):
        return self.up_ms % 2**30

    def now_ms(self):
        return None if self.wall_ms is None else self.wall_ms + self.up_ms

    def random(self, size):
        made = bytearray()
        for _ in range(size):
            self.seed = (self.seed * 1103515245 + 12345) % 2**31
            made.append(self.seed >> 16 & 255)
        return bytes(made)

    def publish(self, topic, payload, retain):
        return self.cloud.receive(topic, payload, retain)


class Cloud:
    """Keeps what it gets, complains about other bytes under a known number, and answers when asked."""

    def __init__(self, say):
        self.say = say
        self.is_reached = True
        self.bodies = {}
        self.told = []  # what waits for an answer
        self.settled = set()
        self.gaps = set()
        self.reasons = set()
        self.report = None

    def receive(self, topic, payload, retain):
        if not self.is_reached:
            return False
        self.say(f"{topic} {int(retain)} {str(payload, 'utf-8')}")
        message = json.loads(payload)
        name = topic.split("/")[-1]
        if name == "reported":
            self.report = message
        elif name != "state":
            key = (message["lane"], message["seq"])
            assert message["stream"] == self.bodies.setdefault("stream", message["stream"])
            assert self.bodies.setdefault(key, payload) == payload, "other bytes under a known number"
            self.told.append(key)
        return True

    def stored(self, ranges, lane="readings", refused=(), gaps=()):
        """What it says here it has, or will never have."""
        self.settled.update([(lane, seq) for first, last in ranges for seq in range(first, last + 1)])
        self.settled.update([(lane, seq) for seq in refused])
        refusals = [{"seq": seq, "reason": "no_consent"} for seq in refused]
        answer = {"lane": lane, "stream": self.bodies["stream"], "ranges": ranges, "refused": refusals, "gaps": gaps}
        return json.dumps(answer).encode()

    def answers(self):
        """To everything that was told since."""
        told, self.told = sorted(set(self.told)), []
        made = [self.stored([[seq, seq]], lane) for lane, seq in told]
        for gap in (self.report or {}).get("gaps", ()):
            first, last = gap["range"]
            self.gaps.update([(gap["lane"], seq) for seq in range(first, last + 1)])
            self.reasons.add(gap["reason"])
            made.append(self.stored([], gap["lane"], gaps=[[first, last]]))
        return made


class World:
    """One board, started again whenever it is told to."""

    def __init__(self, flash, say):
        self.flash = flash
        self.cloud = Cloud(say)
        self.board = Board(flash, self.cloud)
        self.kept = set()
        self.client = None

    def start(self):
        self.client = None
        self.board.seed += 1
        self.client = Client(self.board, AGENT, DEVICES)
        self.client.will()
        self.connect()

    def connect(self):
        if self.cloud.is_reached:
            self.client.connected()
            self.step()

    def hear(self, name, body):
        self.client.heard(f"forehand/v1/{AGENT}/down/{name}", body)
        self.step()

    def step(self):
        self.client.step()
        self.note()

    def wish(self, consent, *purposes):
        self.hear("desired", json.dumps({"config": 1, "consent": consent, "purposes": purposes}).encode())

    def measure(self, value, quality="good", kind="amount_g", slot="milk"):
        level = {"device": "fridge-1", "slot": slot, "kind": kind, "value": value, "quality": quality}
        level["basis"], level["resolution"], level["serial"] = "scale", 0.5, "SC-7"
        kept = self.client.measured([level])
        self.note()
        self.step()
        return kept

    def note(self):
        """What stands in the spool now was kept."""
        for lane, name in ((0, "alarms"), (1, "readings")):
            self.kept.update([(name, seq) for seq in self.client.spool.numbers(lane)])

    def wait(self, passed_ms):
        self.board.up_ms += passed_ms
        self.step()

    def hear_answers(self):
        for body in self.cloud.answers():
            self.hear("stored", body)


def offline(world):
    world.cloud.is_reached = False
    world.client.lost()


def online(world):
    world.cloud.is_reached = True
    world.client.connected()
    world.wait(10)


def acts(readings_offline):
    """What happens, one after the other; each may be begun again after a power cut."""
    yield from first_day()
    yield from outage(readings_offline)
    yield from withdrawal(readings_offline)
    yield lambda w: w.client.sleeping()


def first_day():
    yield lambda w: w.measure(1)
    yield lambda w: w.wish(3, "safety", "supply")
    yield lambda w: w.measure(812.5)
    yield lambda w: w.measure(0.37, "coarse", "level_fraction", "1.3")
    yield lambda w: w.measure(1.7, "good", "level_fraction", "1.3")
    yield lambda w: w.measure(None, "some")
    yield lambda w: w.client.alarms.suspect("wristband-1")
    yield lambda w: w.wait(9_000)
    yield lambda w: w.client.alarms.cancel("wristband-1")
    yield lambda w: w.hear("stored", w.cloud.stored([[1, 1], [3, 3]], refused=[2]))
    yield lambda w: setattr(w.board, "wall_ms", NOON_MS)
    yield lambda w: w.wait(40_000)
    yield lambda w: w.client.alarms.suspect("wristband-1")
    yield lambda w: w.measure(805.25)
    yield lambda w: w.wait(31_000)
    yield lambda w: w.client.alarms.call_for_help("wristband-1")
    yield lambda w: w.hear_answers()
    yield lambda w: w.wish(2, "supply")


def outage(readings_offline):
    yield offline
    for number in range(readings_offline):
        yield lambda w, number=number: w.measure(800 - number)
    yield lambda w: w.client.alarms.call_for_help("wristband-1")
    yield lambda w: w.start()
    yield online
    yield lambda w: w.hear_answers()
    yield lambda w: w.wait(1_000)


def withdrawal(readings_offline):
    yield lambda w: w.wish(4, "safety")
    yield lambda w: w.hear_answers()
    yield lambda w: w.wish(5, "supply", "safety", "learn")
    yield lambda w: w.client.tell("wristband-1", worn=False, battery_fraction=0.6)
    for number in range(readings_offline):
        yield lambda w, number=number: w.measure(number)
        if number % 9 == 8:
            yield lambda w: w.hear_answers()


def settle(world):
    """The cloud answers until nothing is left to say."""
    world.cloud.is_reached = True
    world.start()
    for _ in range(200):
        world.wait(700_000)
        world.hear_answers()
        if not world.client.spool.count() and not world.client.spool.gaps:
            return


def live(world, readings_offline=120, each=None):
    """The whole of it, an act at a time. After a power cut the board starts again, and begins that act again."""
    steps = [lambda w: w.start()] + list(acts(readings_offline)) + [settle]
    for act in steps:
        for _ in range(3):
            try:
                act(world)
                break
            except PowerCutError:
                restart(world)
                if each is not None:
                    each(world)
        yield act


def restart(world):
    """The power may fail again while the board starts."""
    try:
        world.start()
    except PowerCutError:
        world.start()

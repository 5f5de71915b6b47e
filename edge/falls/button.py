"""A button with two meanings: a press, and a long press. Pure."""

from enum import StrEnum

from edge.falls.steps import Press

LONG_MS = 2_000
_SAME_HOLD_MS = 5_000  # wristbands that tell `down` again and again do so more often


class Meaning(StrEnum):
    """What the wearer meant."""

    SHORT = "short"
    LONG = "long"


class Button:
    """The long press means something as soon as it has lasted, not when it ends, and once."""

    def __init__(self) -> None:
        self._since_ms: int | None = None
        self._told_ms: int | None = None  # the last `down` of a hold that has had its meaning

    @property
    def is_held(self) -> bool:
        """Down, and nobody can say yet what it means."""
        return self._since_ms is not None

    def due_ms(self) -> int | None:
        """When holding on becomes a long press. None: it is not held."""
        return None if self._since_ms is None else self._since_ms + LONG_MS

    def at(self, up_ms: int) -> Meaning | None:
        """None: nothing became clear by now."""
        due_ms = self.due_ms()
        if due_ms is None or up_ms < due_ms:
            return None
        self._since_ms, self._told_ms = None, up_ms
        return Meaning.LONG

    def pressed(self, press: Press, up_ms: int) -> Meaning | None:
        """None: it means nothing yet. An `up` whose `down` was lost means nothing at all."""
        if press is Press.DOWN:
            self._down(up_ms)
            return None
        was_held, is_same = self.is_held, self._is_same_hold(up_ms)
        self._since_ms = None
        self._told_ms = up_ms if press is Press.SOS else None
        if press is Press.SOS:
            return None if is_same else Meaning.LONG
        return Meaning.SHORT if was_held else None

    def _down(self, up_ms: int) -> None:
        if self._is_same_hold(up_ms):
            self._told_ms = up_ms
        elif self._since_ms is None:
            self._since_ms, self._told_ms = up_ms, None

    def _is_same_hold(self, up_ms: int) -> bool:
        return self._told_ms is not None and up_ms - self._told_ms < _SAME_HOLD_MS

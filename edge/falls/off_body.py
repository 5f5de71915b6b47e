"""Which impacts happened while nobody wore the band. By when they happened, not by when they were understood. Pure."""


class OffBody:
    """In samples of one stream. A band that slips in the fall has been worn in it."""

    def __init__(self) -> None:
        self._since: int | None = None
        self._until: int | None = None

    def wear(self, count: int, *, was_off: bool, is_off: bool) -> None:
        """`count`: samples so far."""
        if is_off and not was_off:
            self._since, self._until = count, None
        elif was_off and not is_off:
            self._until = count

    def begin_anew(self, *, is_off: bool) -> None:
        """Another stream: samples are counted from 0 again."""
        self._since, self._until = (0 if is_off else None), None

    def holds(self, impact: int) -> bool:
        """Nobody wore it then."""
        if self._since is None or impact < self._since:
            return False
        return self._until is None or impact < self._until

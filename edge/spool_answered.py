"""Which alarms a second way out has taken: they are not sent that way again, also after a restart."""

import json
import sqlite3
from contextlib import suppress

from edge import spool_facts
from edge.spool_file import transaction
from edge.spool_room import Room, SpoolFullError

_REMEMBERED = 200
_NAME = "answered_elsewhere"


class Answered:
    """In the spool's file. On a full disk only this process knows."""

    def __init__(self, db: sqlite3.Connection, room: Room) -> None:
        self._db = db
        self._room = room
        self._known: list[str] = json.loads(spool_facts.text(db, _NAME) or "[]")

    def __contains__(self, alarm_id: str) -> bool:
        return alarm_id in self._known

    def add(self, alarm_id: str) -> None:
        self._known = [*self._known, alarm_id][-_REMEMBERED:]

        def note() -> None:
            with transaction(self._db):
                spool_facts.note(self._db, _NAME, json.dumps(self._known))

        with suppress(SpoolFullError):
            self._room.to(note, lets_go=False)

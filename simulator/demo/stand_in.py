"""Answers an alarm by the link in its mail, as a contact would: when no visitor does."""

import re
from dataclasses import dataclass, field

import httpx2
import structlog

from cloud.emergencies.rules import AlarmState
from cloud.flows.by_link import Act
from simulator.demo.sight import AlarmSeen
from simulator.mail import Inbox

ANSWERS_AFTER_S = 20.0  # of real time, since the second call: that long a visitor has
CLOSES_AFTER_S = 6.0
WAITS_FOR_VISITOR_S = 60.0  # who has taken it, and is looking around
_CALLS = 2
_TIMEOUT_S = 5.0
_LINK = re.compile(r"https?://[^\s\"'<>]+/answer/[\w-]+")

log = structlog.get_logger()


@dataclass
class StandIn:
    """`act` again and again; what fails is tried again at the next look."""

    inbox: Inbox
    transport: httpx2.BaseTransport | None = None
    _called: int = 0
    _called_s: float = 0.0
    _taken_s: float | None = None
    _has_taken: bool = False
    _link: str = field(default="")

    def act(self, alarm: AlarmSeen, real_s: float) -> None:
        if alarm.state == AlarmState.RAISED:
            self._taken_s, self._has_taken = None, False
            self._take(alarm, real_s)
        elif alarm.state == AlarmState.ACKNOWLEDGED:
            self._close(real_s)

    def _take(self, alarm: AlarmSeen, real_s: float) -> None:
        if alarm.calls_sent != self._called:
            self._called, self._called_s = alarm.calls_sent, real_s
        if self._called >= _CALLS and real_s - self._called_s >= ANSWERS_AFTER_S:
            self._link = self._newest_link() or self._link
            self._has_taken = self._says(Act.TAKE)

    def _close(self, real_s: float) -> None:
        self._taken_s = real_s if self._taken_s is None else self._taken_s
        if real_s - self._taken_s < (CLOSES_AFTER_S if self._has_taken else WAITS_FOR_VISITOR_S):
            return
        if not self._has_taken:
            self._link = self._newest_link() or self._link
            self._has_taken = self._says(Act.TAKE_OVER)
        self._says(Act.HELPED)

    def _newest_link(self) -> str | None:
        found = (_LINK.search(mail.part("html") or mail.part("plain")) for mail in reversed(self.inbox.mails()))
        return next((link[0] for link in found if link), None)

    def _says(self, act: Act) -> bool:
        """First the page, then the button on it, as in a browser. False: not this time."""
        if not self._link:
            return False
        try:
            with httpx2.Client(transport=self.transport, timeout=_TIMEOUT_S) as client:
                page = client.get(self._link)
                offers = f'value="{act.value}"' in page.text
                return offers and client.post(self._link, data={"act": act.value}).is_redirect
        except httpx2.HTTPError as error:
            log.warning("answer_failed", error=str(error))
            return False

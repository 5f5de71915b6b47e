"""Contacts and staff who answer by the link in a mail, or on the page; they try again when nobody serves it."""

import asyncio
import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from sqlalchemy.engine import Engine
from sqlmodel import col, select

from cloud import db
from cloud.emergencies.rules import ACTIVE
from cloud.emergencies.tables import Alarm
from cloud.web.deps import COOKIE
from simulator.mail import Caught, Inbox
from tests.system.alarm_homes import Staff

SLOWEST_MAIL_S = 0.4
PAUSE_S = 0.2
SERVER_ERROR = 500
NOBODY_THERE = "nobody there"


class SlowInbox(Inbox):
    """Takes its time with the answer, so that who sends may be killed before it comes."""

    def __init__(self, chances: random.Random) -> None:
        super().__init__()
        self._chances = chances

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        said = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(self._chances.uniform(0, SLOWEST_MAIL_S))
        return said


@dataclass(frozen=True)
class Letter:
    """One mail of an alarm, as its reader sees it."""

    number: int  # in its words
    reference: str  # the same for a repeat
    to: str
    token: str
    is_call: bool

    @classmethod
    def of(cls, mail: Caught) -> "Letter | None":
        """None: it is about something else."""
        number = re.search(r"Alarm (\d+)", mail.subject)
        link = re.search(r"/answer/([\w-]+)", mail.part("plain"))
        if number is None or link is None:
            return None
        is_call = mail.subject.endswith("Please answer.")
        return cls(int(number[1]), str(mail.message["X-Forehand-Id"]), mail.recipients[0], link[1], is_call)


@dataclass
class People:
    """Everybody who is called. While `is_diligent`, whoever is called closes the alarm at once."""

    inbox: Inbox
    page: str
    engine: Engine
    staff: Staff
    chances: random.Random
    letters: list[Letter] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)  # what the pages said to them
    taken: list[tuple[int, str]] = field(default_factory=list)  # number, whose: the page said that they have it
    is_diligent: bool = False
    _read: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        for work in (self._read_mail, self._work_at_the_desk):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(20)

    def read(self) -> None:
        """Everything that has come since."""
        for mail in self.inbox.mails():
            if mail.number > self._read:
                self._read = mail.number
                letter = Letter.of(mail)
                if letter is not None:
                    self.letters.append(letter)

    def _read_mail(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            seen = 0
            while not self._over.wait(0.05):
                self.read()
                while seen < len(self.letters):
                    letter, seen = self.letters[seen], seen + 1
                    if letter.is_call:
                        pool.submit(self._answer, letter, self._acts())

    def _acts(self) -> list[str]:
        """Some take it, some of them say later how it ended, some cannot come, some never answer."""
        if self.is_diligent:
            return ["helped"]
        chance = self.chances.random()
        for below, acts in ((0.1, ["take"]), (0.5, ["take", "helped"]), (0.6, ["cannot"]), (0.85, ["false_alarm"])):
            if chance < below:
                return acts
        return []

    def _answer(self, letter: Letter, acts: list[str]) -> None:
        for act in acts:
            self._over.wait(self.chances.uniform(0.1, 1.5))
            did = self._post(f"/answer/{letter.token}", {"act": act})
            self.heard[f"{act}: {did}"] += 1
            if did == "taken":
                self.taken.append((letter.number, letter.to))

    def _work_at_the_desk(self) -> None:
        """Staff look at the queue now and then, and close an alarm of it on its page."""
        while not self._over.wait(self.chances.uniform(1, 3)):
            with db.reading(self.engine) as session:
                rows = select(Alarm.id).where(col(Alarm.state).in_(ACTIVE), col(Alarm.first_sent_at).is_not(None))
                found = sorted(session.exec(rows))
            if found and not self.is_diligent:
                alarm_id = self.chances.choice(found)
                form = {"disposition": "with_person", "csrf": self.staff.csrf}
                self.heard[f"desk: {self._post(f'/staff/alarms/{alarm_id}/close', form)}"] += 1

    def close(self, number: int) -> str:
        """Whoever was called last says how it ended."""
        last = [letter for letter in self.letters if letter.number == number and letter.is_call][-1]
        return self._post(f"/answer/{last.token}", {"act": "helped"})

    def _post(self, path: str, form: dict[str, str]) -> str:
        """What the page said, once there was one."""
        while not self._over.is_set():
            try:
                answer = httpx2.post(f"{self.page}{path}", data=form, cookies={COOKIE: self.staff.secret}, timeout=10)
            except httpx2.HTTPError:
                self.heard[NOBODY_THERE] += 1
                time.sleep(PAUSE_S)
                continue
            if answer.status_code < SERVER_ERROR:
                asked = parse_qs(urlsplit(answer.headers.get("location", "")).query)
                return (asked.get("did") or asked.get("done") or [f"status {answer.status_code}"])[0]
            self.heard[f"status {answer.status_code}"] += 1
            time.sleep(PAUSE_S)
        return "never"

"""The whole web application before two households and a member of staff, for the tests of what machines ask."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.testclient import TestClient

from cloud import db
from cloud.calendars import expand
from cloud.calendars.feeds import NotModified
from cloud.devices.tables import Slot
from cloud.flows import order_news, ordering
from cloud.flows.ordering import Tap
from cloud.orders.tables import Order
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Person, Role
from cloud.settings import Settings
from cloud.web import application
from cloud.web.deps import COOKIE, Web
from kit.clock import ManualClock
from tests.reviewing import Home

NOBODY = "nobody"


@dataclass(frozen=True)
class Caller:
    """A program that is signed in, or not."""

    client: TestClient
    cookies: dict[str, str]
    token: str

    def ask(
        self, method: str, path: str, *, key: str | None = None, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        sent = {"X-CSRF-Token": self.token, **({"Idempotency-Key": key} if key else {}), **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response: httpx2.Response = self.client.request(method, path, headers=sent, follow_redirects=False, **more)
        return response

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx2.Response:
        return self.ask("POST", path, **more)


@dataclass
class World:
    """Ada has a printer; Bob lives elsewhere; Sue works here."""

    home: Home
    ready: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.move_in()
        self.home.reads(0.5)
        self.clock = ManualClock(self.home.now)
        self.app = self._app()
        self.client = TestClient(self.app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False)
        with db.transaction(self.home.engine) as session:
            bobs = people.add_household(session, self.home.new_id, "Bob", "Europe/Berlin", self.home.now)
            self.bobs_household = bobs.id
            self.ada = self._sign_in(session, "ada@example.org")
            self.bob = self._add(session, NewPerson("Bob", "bob@example.org", household_id=bobs.id))
            self.sue = self._add(session, NewPerson("Sue", "sue@example.org", Role.STAFF))
        self.nobody = Caller(self.client, {}, "")

    @property
    def web(self) -> Web:
        found: Web = self.app.state.web
        return found

    def rewire(self, **changes: Any) -> None:
        """Other parts behind the same pages."""
        self.app.state.web = replace(self.web, **changes)

    @property
    def slot_id(self) -> str:
        with db.reading(self.home.engine) as session:
            return session.exec(select(Slot.id)).one()

    def tap(self) -> str:
        """Ada orders; the order's id."""
        with db.transaction(self.home.engine) as session:
            made = ordering.order_now(
                session, self.home.new_id, Tap(self.home.household_id, self.slot_id), self.clock.now()
            )
            assert isinstance(made, Order), made
            return made.id

    def pause(self) -> str:
        self.home.away(date(2026, 7, 1), date(2026, 7, 9))
        return str(self.ada.get("/api/v1/pauses").json()[0]["id"])

    def orders(self) -> list[Order]:
        with db.reading(self.home.engine) as session:
            return list(session.exec(select(Order)))

    def _app(self) -> FastAPI:
        ids = self.home.new_id
        return application.create(
            Web(
                engine=self.home.engine,
                settings=Settings(),
                clock=self.clock,
                ids=ids,
                fetcher=lambda *_args: NotModified(),
                expander=expand.in_child,
                is_ready=lambda: self.ready,
                on_change=lambda session, change, now: order_news.on_change(session, ids, change, now),
            )
        )

    def _add(self, session: Session, new: NewPerson) -> Caller:
        people.add_person(session, self.home.new_id, new, self.home.now)
        return self._sign_in(session, new.email)

    def _sign_in(self, session: Session, email: str) -> Caller:
        account = people.account_for(session, email)
        assert account is not None
        signed_in = people.sign_in(session, account, self.home.now)
        session.flush()
        found = people.who(session, signed_in.secret, self.home.now)
        assert found is not None
        assert isinstance(found[0], Person)
        return Caller(self.client, {COOKIE: signed_in.secret}, found[1].csrf_secret)

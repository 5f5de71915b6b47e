"""What pages refuse, hide and keep: without a browser, over the real application."""

import re
from datetime import timedelta
from html import unescape

import httpx2
from babel.messages.extract import extract_from_dir
from sqlmodel import select

from cloud import db
from cloud.catalogue.tables import Price, Product
from cloud.consent import service as consent
from cloud.devices.tables import Device, Slot
from cloud.orders import views
from cloud.people import service as people
from cloud.people.service import NewPerson
from cloud.people.tables import Household, Person
from cloud.replenishment import mandates
from cloud.web import pages, translations, words
from cloud.web.attempts import Window
from cloud.web.deps import COOKIE
from tests.browser.reader import Reader, seen_by
from tests.browser.world import PASSWORD, Lived, Served
from tests.shared import ROOT

BY_LINK = ("/sign-in", "/welcome", "/answer", "/agree", "/circle/join")  # what the link or the password itself proves
EVIL = '<script>alert("%(x)s")</script>'


def test_names_are_shown_as_text_and_never_run(ada: Reader, home: Lived):
    with db.transaction(home.engine) as session:
        for row in session.exec(select(Device)):
            row.name = EVIL
        for product in session.exec(select(Product)):
            product.name = EVIL
        session.get_one(Household, home.household_id).name = EVIL
        session.get_one(Person, home.person_id).name = EVIL
        for slot in session.exec(select(Slot)):
            slot.description = EVIL

    shown = [ada.get(path) for path in seen_by(home)]

    assert [answer.status_code for answer in shown] == [200] * len(shown)
    assert all("<script>alert" not in answer.text for answer in shown)
    assert "&lt;script&gt;alert" in shown[0].text


def test_no_form_is_taken_without_its_token(ada: Reader):
    forms = [
        re.sub(r"{\w+}", "x", route.path)
        for router in pages.ROUTERS
        for route in application_routes(router)
        if "POST" in route.methods and not route.path.startswith(BY_LINK)
    ]

    answers = {path: ada.post(path, data={"language": "zh"}).status_code for path in forms}

    assert len(forms) >= 15
    assert set(answers.values()) == {403}, answers


def application_routes(router):
    return [route for route in router.routes if hasattr(route, "methods")]


def test_a_form_sent_from_another_site_changes_nothing(ada: Reader):
    token = ada.token()

    answer = ada.post("/language", data={"csrf": token, "language": "zh"}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert "Next" in ada.get("/").text


def test_who_is_not_signed_in_is_led_there_and_back_but_never_elsewhere(visitor: Reader, home: Lived):
    led = visitor.get("/permissions", follow_redirects=False)
    visitor.post(f"/welcome/{home.invite()}", data={"password": PASSWORD})
    elsewhere = visitor.get("/sign-in?to=//evil.example", follow_redirects=False)

    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?to=/permissions")
    assert elsewhere.headers["location"] == "/"


def test_the_cookie_is_kept_from_scripts_and_the_pages_from_other_hosts(visitor: Reader, home: Lived):
    answer = visitor.post(f"/welcome/{home.invite()}", data={"password": PASSWORD}, follow_redirects=False)
    shown = visitor.get("/")

    assert re.search(rf"{COOKIE}=\S+; HttpOnly; Max-Age=\d+; Path=/; SameSite=lax", answer.headers["set-cookie"])
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert not re.search(r"<script(?! src=)|style=|\son\w+=|javascript:", shown.text)
    assert shown.headers["cache-control"] == "no-store"


def test_too_many_wrong_passwords_rest_the_account_even_for_the_right_one(ada: Reader, home: Lived):
    ada.cookies.clear()
    for _ in range(6):
        ada.post("/sign-in", data={"email": "ada@example.org", "password": "wrong"})

    answer = ada.post("/sign-in", data={"email": "ada@example.org", "password": PASSWORD})

    assert words.LOCKED in unescape(answer.text)
    assert COOKIE not in ada.cookies


def test_an_address_that_tries_too_often_has_to_wait(visitor: Reader):
    visitor.app.state.tries = Window(most=2, within=timedelta(minutes=10))  # type: ignore[attr-defined]

    answers = [visitor.post("/sign-in", data={"email": "x@y.z", "password": "no"}).status_code for _ in range(3)]

    assert answers == [403, 403, 429]


def test_an_invitation_works_once(visitor: Reader, home: Lived):
    secret = home.invite()
    visitor.post(f"/welcome/{secret}", data={"password": PASSWORD})

    assert visitor.get(f"/welcome/{secret}").status_code == 404


def test_nobody_reaches_into_another_home(ada: Reader, home: Lived):
    with db.transaction(home.engine) as session:
        other = people.add_household(session, home.new_id, "Next door", "Europe/Berlin", home.clock.now())
        new = NewPerson("Eve", "eve@example.org", household_id=other.id)
        _, secret = people.add_person(session, home.new_id, new, home.clock.now())
        order = views.open_orders(session, home.household_id)[0]
        before = order.model_dump()
    ada.cookies.clear()
    ada.post(f"/welcome/{secret}", data={"password": PASSWORD})
    reached = [p for p in seen_by(home) if home.slots["black"] in p or "cancel" in p]

    assert [ada.get(path).status_code for path in reached] == [404] * len(reached)
    ada.sends(f"/orders/{order.id}/cancel")
    ada.sends(f"/supplies/{home.slots['black']}/shelf", packs=9)
    assert ada.sends(f"/supplies/{home.slots['black']}/mode", mode="respond").status_code == 404
    with db.reading(home.engine) as session:
        after = views.get(session, order.id)
        assert after is not None
        assert after.model_dump() == before
    assert "Officejet" not in ada.get("/data/export").text


def test_a_price_that_changed_since_it_was_shown_orders_nothing(ada: Reader, home: Lived):
    with db.transaction(home.engine) as session:
        for price in session.exec(select(Price)):
            price.amount_minor += 1
        before = len(views.history(session, home.household_id))

    answer = ada.sends(f"/supplies/{home.slots['black']}/order", quantity=1, shown_minor=1890)

    assert words.ORDER_PROBLEMS["changed"] in unescape(answer.text)
    with db.reading(home.engine) as session:
        assert len(views.history(session, home.household_id)) == before


def test_a_second_tap_on_the_same_button_orders_once(ada: Reader, home: Lived):
    for _ in range(2):
        answer = ada.sends(f"/supplies/{home.slots['black']}/order", quantity=1, shown_minor=1890)

    assert words.ORDER_PROBLEMS["open_order"] in unescape(answer.text)
    with db.reading(home.engine) as session:
        mine = [o for o in views.open_orders(session, home.household_id) if o.slot_id == home.slots["black"]]
        assert len(mine) == 1


def test_the_ledger_keeps_the_very_words_that_were_read(ada: Reader, home: Lived):
    version = words.PURPOSE_TEXT_VERSION
    ada.sends("/permissions/learn", given="true", text_version=version, language="zh")
    old = ada.sends("/permissions/learn", given="false", text_version="before", language="zh")

    with db.reading(home.engine) as session:
        last = consent.history(session, home.household_id)[-1]
    assert (last.purpose, last.language, last.actor_id) == ("learn", "zh", home.person_id)
    assert last.text == translations.of("zh").gettext(words.PURPOSES["learn"][1])
    assert old.status_code == 409


def test_an_agreement_whose_words_are_others_is_not_signed(ada: Reader, home: Lived):
    form = {"products": home.slots["black"], "ceiling": "20", "cap": "60", "quantity": 2, "hours": 24}
    with db.reading(home.engine) as session:
        form["products"] = session.get_one(Slot, home.slots["black"]).product_id or ""
    read = ada.sends("/agreements/read", **form).text
    found = re.findall(r'type="hidden" name="(until|language|text)" value="([^"]*)"', read)
    hidden = {name: unescape(value) for name, value in found}

    other = ada.sends("/agreements", **form, **{**hidden, "text": "I allow everything"})
    dearer = ada.sends("/agreements", **{**form, "ceiling": "2000"}, **hidden)
    signed = ada.sends("/agreements", **form, **hidden)

    assert (other.status_code, dearer.status_code, signed.status_code) == (409, 409, 200)
    with db.reading(home.engine) as session:
        standing = mandates.active(session, home.household_id, home.clock.now())
    newest = next(m for m in standing if m.product_ids == [form["products"]])
    assert newest.text == hidden["text"]
    assert (newest.max_unit_price_minor, newest.monthly_cap_minor, newest.signed_by) == (2000, 6000, home.person_id)


def test_pages_speak_plainly(ada: Reader, home: Lived):
    for path in seen_by(home):
        text = re.sub(r"<[^>]+>", " ", ada.get(path).text).lower()
        assert not re.search(r"\b(slots?|quantiles?|payloads?|mandates?|none|null|nan)\b", text), path


def test_every_text_can_be_read_in_every_language():
    methods = [
        ("web/templates/**.html", "jinja2"),
        ("notifications/templates/**.html", "jinja2"),
        ("web/**words.py", "python"),
    ]
    found = extract_from_dir(
        str(ROOT / "cloud"),
        methods,
        options_map={},
        keywords={"_": None, "gettext": None, "ngettext": (1, 2), "N": None},
    )
    texts = {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}
    chinese = translations.of("zh")

    assert len(texts) > 300
    assert [text for text in texts if text not in chinese._catalog and (text, 0) not in chinese._catalog] == []  # type: ignore[attr-defined]


def test_an_open_page_is_told_of_a_change(ada: Reader, home: Lived):
    with Served(home.web()) as served:
        cookies = {COOKIE: ada.cookies[COOKIE]}
        with (
            httpx2.Client(cookies=cookies, timeout=15) as client,
            client.stream("GET", f"{served.address}/live") as live,
        ):
            lines = live.iter_lines()
            assert next(lines) == "retry: 5000"
            with db.transaction(home.engine) as session:
                session.get_one(Slot, home.slots["black"]).due_at = home.clock.now() + timedelta(days=9)
            told = next(line for line in lines if line.startswith("event"))

    assert live.headers["content-type"].startswith("text/event-stream")
    assert told == "event: change"


def test_the_first_page_says_what_it_cannot_know(ada: Reader, home: Lived):
    home.clock.advance(timedelta(days=5))
    try:
        text = ada.get("/").text
    finally:
        home.clock.advance(timedelta(days=-5))

    assert "last heard" in text

"""How messages leave: one person at a time, never into the network, never for longer than a moment."""

import json
import threading
import time
from datetime import UTC, datetime

import httpx2
import pytest
import standardwebhooks
from pydantic import ValidationError

from cloud.notifications import channels, plain_text, push
from cloud.notifications.channels import Target, Ways
from cloud.notifications.push import Push
from cloud.notifications.rendering import Mail
from cloud.notifications.webhook import Hook
from cloud.settings import Settings

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FACTS = {"number": 17, "kind": "fall", "is_drill": False, "wearer": "Ada", "path": "/answer/abc", "is_staff": False}
MAIL = Mail(
    "Alarm 17", "<body><p>Ada may have <b>fallen</b>.</p></body>", "alarm_call", "https://f.example/answer/abc", FACTS
)
HOSTS = {
    "hooks.example": ["93.184.216.34"],
    "inside.example": ["192.168.1.7"],
    "half.example": ["93.184.216.34", "127.0.0.1"],
}


class Receiver:
    """The other end. `status`: what it answers."""

    def __init__(self, status=204, **headers):
        self.status, self.headers = status, headers
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        return httpx2.Response(self.status, headers=self.headers)


def look_up(host, _port):
    if host not in HOSTS:
        raise OSError
    return HOSTS[host]


def send(address, receiver):
    hook = Hook(SECRET, look_up, httpx2.MockTransport(receiver), lambda: NOON)
    return channels.post(Ways(webhook=hook))(Target("webhook", address, "Bert"), MAIL, "alarm-17-x")


def test_a_webhook_says_what_happened_and_is_signed():
    receiver = Receiver()

    assert send("https://hooks.example/alarms?of=ada", receiver) is None

    [request] = receiver.requests
    said = json.loads(request.content)
    assert said["type"] == "alarm_call"
    assert said["data"] == {
        "reference": "alarm-17-x", "number": 17, "kind": "fall", "is_drill": False, "wearer": "Ada",
        "subject": "Alarm 17", "text": "Ada may have fallen.", "answer_url": "https://f.example/answer/abc",
    }  # fmt: skip
    signed = standardwebhooks.Webhook(SECRET).sign("alarm-17-x", NOON, request.content.decode())
    assert request.headers["webhook-signature"] == signed
    assert request.headers["webhook-id"] == "alarm-17-x"


def test_a_webhook_goes_to_the_address_that_was_checked_in_the_name_of_the_host():
    receiver = Receiver()

    send("https://hooks.example/alarms", receiver)

    [request] = receiver.requests
    assert request.url.host == "93.184.216.34"
    assert request.headers["host"] == "hooks.example"
    assert request.extensions["sni_hostname"] == "hooks.example"


@pytest.mark.parametrize(
    "address",
    ["https://inside.example/", "https://half.example/", "http://hooks.example/", "https://hooks.example:8443/",
     "https://u:p@hooks.example/", "https://", "file:///etc/passwd", "", "https://hooks.example:x/"],
)  # fmt: skip
def test_a_webhook_never_leads_inside_or_elsewhere(address):
    receiver = Receiver()

    assert send(address, receiver) == "address_not_allowed"
    assert receiver.requests == []


def test_a_webhook_follows_no_redirect():
    receiver = Receiver(302, location="https://inside.example/")

    assert send("https://hooks.example/", receiver) == "answered_302"
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
def test_an_answer_that_is_no_yes_is_a_failure_with_its_number(status):
    assert send("https://hooks.example/", Receiver(status)) == f"answered_{status}"


def test_a_host_that_is_not_there_is_unreachable():
    assert send("https://nowhere.example/", Receiver()) == "unreachable"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", "whsec_!!!", "x" * 20])
def test_a_weak_secret_is_refused(secret):
    with pytest.raises(ValidationError, match="24 to 64 random bytes"):
        Settings(webhook_secret=secret)


def test_no_secret_or_a_good_one_is_taken():
    assert Settings().webhook_secret.get_secret_value() == ""
    assert Settings(webhook_secret=SECRET).webhook_secret.get_secret_value() == SECRET


def test_a_secret_is_not_shown():
    assert SECRET not in repr(Ways(webhook=Hook(SECRET)))


@pytest.mark.parametrize(
    "address",
    ["json://127.0.0.1/", "jsons://hooks.example/", "mailto://u:p@gmail.com", "syslog://", "dbus://", "windows://",
     "ntfy://localhost/topic", "ntfys://ntfy.example.org/topic", "ntfys://127.0.0.1/topic",
     "ntfys://topic?mode=private", "tgram://123456789:abcdefg_hijklmnop/12315544/?template=/etc/passwd",
     "tgram://123456789:abcdefg_hijklmnop/12315544/98765432/", "pover://", "apprises://hooks.example/token",
     "gotifys://hooks.example/t", "matrixs://u:p@hooks.example", "signals://hooks.example/+123/+456",
     "form://hooks.example", "exec://rm", "", "ntfys:topic", "ntfys://topic#x", "NTFYS://topic"],
)  # fmt: skip
def test_apprise_reaches_no_host_of_the_writers_choice_no_file_and_no_program(address):
    assert channels.problem("apprise", address) == "apprise_address_not_usable"
    assert channels.post(Ways(apprise=Push()))(Target("apprise", address, "Bert"), MAIL, "r") == "address_not_allowed"


@pytest.mark.parametrize(
    "address",
    ["ntfys://adas-alarms", "tgram://123456789:abcdefg_hijklmnop/12315544/",
     "pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
)  # fmt: skip
def test_messengers_at_their_own_address_can_be_used(address):
    assert channels.problem("apprise", address) is None
    assert channels.problem("apprise", address, schemas=()) is not None


@pytest.mark.parametrize(("taken", "code"), [(True, None), (False, "not_taken")])
def test_a_messenger_is_given_the_whole_mail_once_and_its_answer_is_the_outcome(monkeypatch, taken, code):
    told = []

    def notify(plugin, body, title="", **_more):
        told.append((type(plugin).__name__, title, body))
        return taken

    monkeypatch.setattr(push._plugin("ntfys"), "notify", notify)

    assert channels.post(Ways(apprise=Push()))(Target("apprise", "ntfys://adas-alarms", "Bert"), MAIL, "r") == code
    ((service, title, body),) = told
    assert (service, title) == ("NotifyNtfy", MAIL.subject)
    assert all(word in body for word in plain_text.of(MAIL).split())


@pytest.mark.parametrize("schema", sorted(push.KNOWN))
def test_each_messenger_of_the_list_exists_and_has_a_fixed_address(schema):
    plugin = push._plugin(schema)

    assert schema in {
        plugin.secure_protocol,
        *([] if isinstance(plugin.secure_protocol, str) else plugin.secure_protocol),
    }
    hosts = [template for template in plugin.templates if "{host}" in template]
    assert not hosts or schema == "ntfys"


def test_a_setting_can_shorten_the_list_and_never_lengthen_it():
    assert push.allowed("ntfys, tgram") == {"ntfys", "tgram"}
    assert push.allowed("") == frozenset()
    with pytest.raises(push.SchemaError, match="jsons"):
        push.allowed("ntfys,jsons")


@pytest.mark.parametrize("address", ["ada@example.org", "a.b+c@mail.example.org"])
def test_a_plain_mail_address_can_be_used(address):
    assert channels.problem("email", address) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "Ada <ada@example.org>",
        "a@b.org, c@d.org",
        "json://x/?to=a@b",
        "a@b.org\nBcc: c@d",
    ],
)
def test_what_is_no_single_mail_address_cannot(address):
    assert channels.problem("email", address) == "email_address_not_usable"


def test_an_unknown_channel_is_no_channel():
    assert channels.problem("fax", "1") == "no_such_channel"
    assert channels.post(Ways())(Target("fax", "1", "Bert"), MAIL, "r") == "channel_not_set_up"
    assert Ways().offered == ()


class Odd:
    """A channel that hangs, or breaks with an address in its words."""

    def __init__(self, act):
        self.send = lambda *_args: act()


def test_a_channel_that_hangs_is_left_behind():
    never = threading.Event()
    begun = time.monotonic()

    code = channels.post(Ways(email=Odd(never.wait)), deadline_s=0.05)(Target("email", "a@b.org", "A"), MAIL, "r")

    assert code == "too_slow"
    assert time.monotonic() - begun < 2
    never.set()


def test_a_channel_that_breaks_gives_a_code_and_its_words_are_not_logged(capsys):
    def breaks():
        raise RuntimeError("token abc of ada@example.org")

    assert channels.post(Ways(email=Odd(breaks)))(Target("email", "a@b.org", "A"), MAIL, "r") == "channel_broke"
    heard = capsys.readouterr()
    assert "ada@example.org" not in heard.out + heard.err


def test_every_messenger_that_is_known_to_be_safe_is_allowed_from_the_start():
    assert push.allowed(Settings().apprise_schemas) == push.KNOWN.keys()

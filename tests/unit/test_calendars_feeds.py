"""No address leads inside the network, whatever it is dressed up as."""

import gzip

import httpx2
import pytest

from cloud.calendars.feeds import MAX_REDIRECTS, Fetched, Fetcher, NotModified, address_problem
from cloud.calendars.ics import MAX_BYTES, Refused
from cloud.outgoing import is_public

PUBLIC = "93.184.216.34"
HOSTS = {
    "feeds.example": [PUBLIC],
    "v6.example": ["2606:2800:220:1:248:1893:25c8:1946"],
    "sneaky.example": ["10.0.0.7"],
    "half.example": [PUBLIC, "127.0.0.1"],
    "2130706433": ["127.0.0.1"],  # what a system's resolver makes of a decimal address
    "0": ["0.0.0.0"],  # noqa: S104 - an answer of the resolver
    "localhost": ["127.0.0.1", "::1"],
}


class Web:
    """The Internet as the fetcher sees it: a resolver with a memory, and answers by path."""

    def __init__(self, **answers: httpx2.Response) -> None:
        self.answers = answers
        self.requests: list[httpx2.Request] = []

    def resolve(self, host: str, port: int) -> list[str]:
        try:
            return HOSTS[host] if host in HOSTS else [host.strip("[]")]
        except KeyError:
            raise OSError(host, port) from None

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self.answers[request.url.path.strip("/")]

    def fetcher(self) -> Fetcher:
        return Fetcher(self.resolve, httpx2.MockTransport(self.answer))


def moved(to: str) -> httpx2.Response:
    return httpx2.Response(302, headers={"location": to})


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/a", "http://localhost/a", "http://[::1]/a", "http://[::ffff:127.0.0.1]/a",
        "http://[::ffff:10.0.0.1]/a", "http://169.254.169.254/latest/meta-data", "http://0/a", "http://0.0.0.0/a",
        "http://2130706433/a", "http://10.1.2.3/a", "http://172.16.0.1/a", "http://192.168.1.1/a",
        "http://100.64.0.1/a", "http://224.0.0.1/a", "http://255.255.255.255/a", "http://240.0.0.1/a",
        "http://[fe80::1]/a", "http://[fc00::1]/a", "http://[fd12::1]/a", "http://[ff02::1]/a", "http://[::]/a",
        "http://[64:ff9b::7f00:1]/a", "http://[2002:7f00:1::]/a", "http://[2001:0:7f00:1::]/a",
        "http://sneaky.example/a", "http://half.example/a", "https://feeds.example:8443/a", "http://feeds.example:22/a",
        "file:///etc/passwd", "ftp://feeds.example/a", "gopher://feeds.example/a", "webcal://localhost/a",
        "http://user:secret@feeds.example/a", "//feeds.example/a", "not an address", "", "http://", "http://[::1",
    ],
)  # fmt: skip
def test_an_address_inside_the_network_is_never_asked(address):
    web = Web()

    assert web.fetcher().fetch(address) == Refused("address_not_allowed")
    assert web.requests == []


@pytest.mark.parametrize(
    "to",
    ["http://127.0.0.1/b", "http://sneaky.example/b", "file:///etc/passwd", "//localhost/b", "http://feeds.example/b"],
)
def test_a_redirect_passes_through_the_same_gate(to):
    web = Web(a=moved(to))

    assert web.fetcher().fetch("https://feeds.example/a") == Refused("address_not_allowed")
    assert len(web.requests) == 1


def test_a_redirect_between_public_places_is_followed_a_few_times():
    web = Web(
        a=moved("/b"),
        b=moved("https://v6.example/c"),
        c=httpx2.Response(200, stream=httpx2.ByteStream(b"BEGIN:VCALENDAR")),
    )

    assert web.fetcher().fetch("https://feeds.example/a") == Fetched(b"BEGIN:VCALENDAR")
    assert str(web.requests[-1].url) == "https://[2606:2800:220:1:248:1893:25c8:1946]/c"


def test_a_redirect_in_circles_ends():
    web = Web(a=moved("/a"))

    assert web.fetcher().fetch("https://feeds.example/a") == Refused("too_many_redirects")
    assert len(web.requests) == MAX_REDIRECTS + 1


def test_the_connection_goes_to_the_address_that_was_checked_in_the_name_of_the_host():
    web = Web(
        a=httpx2.Response(
            200, stream=httpx2.ByteStream(b"x"), headers={"etag": '"7"', "last-modified": "Mon, 1 Jun 2026"}
        )
    )

    answer = web.fetcher().fetch("webcal://feeds.example/a?key=secret")

    assert answer == Fetched(b"x", '"7"', "Mon, 1 Jun 2026")
    (request,) = web.requests
    assert str(request.url) == f"https://{PUBLIC}/a?key=secret"
    assert request.headers["host"] == "feeds.example"
    assert request.extensions["sni_hostname"] == "feeds.example"


def test_a_name_that_changes_its_mind_after_the_check_changes_nothing():
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    web = Web(a=httpx2.Response(200, stream=httpx2.ByteStream(b"x")))
    fetcher = Fetcher(lambda _host, _port: next(answers), httpx2.MockTransport(web.answer))

    fetcher.fetch("https://feeds.example/a")

    assert [request.url.host for request in web.requests] == [PUBLIC]


def test_a_known_copy_is_asked_for_only_if_it_changed():
    web = Web(a=httpx2.Response(304))

    assert web.fetcher().fetch("https://feeds.example/a", '"7"', "Mon, 1 Jun 2026") == NotModified()
    assert web.requests[0].headers["if-none-match"] == '"7"'
    assert web.requests[0].headers["if-modified-since"] == "Mon, 1 Jun 2026"


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_found"), (410, "not_found"), (401, "needs_sign_in"), (403, "needs_sign_in"), (500, "server_error")],
)
def test_what_the_server_says_is_told_by_a_code(status, code):
    assert Web(a=httpx2.Response(status)).fetcher().fetch("https://feeds.example/a") == Refused(code)


def test_a_packed_answer_is_unpacked_and_never_beyond_the_limit():
    def packed(body: bytes) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(gzip.compress(body)))

    small, bomb = Web(a=packed(b"calendar")), Web(a=packed(b"\0" * 200_000_000))

    assert small.fetcher().fetch("https://feeds.example/a") == Fetched(b"calendar")
    assert bomb.fetcher().fetch("https://feeds.example/a") == Refused("too_large")


def test_a_body_over_the_limit_is_refused():
    web = Web(a=httpx2.Response(200, stream=httpx2.ByteStream(b"x" * (MAX_BYTES + 1))))

    assert web.fetcher().fetch("https://feeds.example/a") == Refused("too_large")


def test_an_address_is_judged_before_it_is_stored():
    assert address_problem("webcal://p01-calendars.icloud.com/published/2/abc") is None
    assert address_problem("javascript:alert(1)") == "address_not_allowed"
    assert address_problem("https://feeds.example/" + "a" * 3000) == "address_not_allowed"


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "2606:4700:4700::1111"])
def test_the_open_internet_is_public(address):
    assert is_public(address)

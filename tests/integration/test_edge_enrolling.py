"""`python -m edge enrol`: what is asked, what is written, and what a person is told when it does not work."""

import http.server
import ssl
import subprocess
import threading
from pathlib import Path

import httpx2
import pytest

from edge import config, enrolling, trust
from edge.enrolling import EnrolError
from tests.enrolment_world import add, giving_codes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(database_url):
    with giving_codes(database_url) as made:
        yield made


def on_the_pi(world, code: str, **more):
    return enrolling.ask("http://127.0.0.1", code, world.nobody.client, lambda _s: None, **more)


def test_the_pi_writes_who_it_is_and_leaves_its_devices_alone(world, tmp_path):
    agent_id, code = add(world)
    mine = tmp_path / "agent.toml"
    mine.write_text('[[devices]]\nname = "printer"\ntype = "ipp"\naddress = "ipp://printer/ipp/print"\n')

    enrolled = on_the_pi(world, code)
    assert enrolling.keep(enrolled, tmp_path) == mine

    loaded = config.load(mine)
    assert (loaded.agent, loaded.broker.password, len(loaded.devices)) == (agent_id, enrolled.password, 1)
    assert (tmp_path / config.ENROLLED).stat().st_mode & 0o077 == 0


def test_a_pi_without_a_file_gets_one_to_name_its_devices_in(world, tmp_path):
    _, code = add(world)

    enrolling.prepare(tmp_path / "new")
    path = enrolling.keep(on_the_pi(world, code), tmp_path / "new")

    assert config.load(path).devices == []


def test_a_file_that_says_itself_who_it_is_is_not_contradicted_and_the_code_stays_good(tmp_path):
    (tmp_path / "agent.toml").write_text('agent = "old"\n[broker]\nhost = "h"\npassword = "p"\n')

    with pytest.raises(EnrolError, match="Remove its line agent"):
        enrolling.prepare(tmp_path)


def test_an_authority_of_ones_own_stands_beside_what_the_cloud_said(world, tmp_path):
    _, code = add(world)
    (tmp_path / "agent.toml").write_text('[broker]\nca_file = "ca.pem"\n')
    enrolling.prepare(tmp_path)

    loaded = config.load(enrolling.keep(on_the_pi(world, code), tmp_path))

    assert (loaded.broker.host, loaded.broker.ca_file) == ("127.0.0.1", str(tmp_path / "ca.pem"))


def test_an_authority_given_once_is_kept_where_the_agent_can_read_it(world, tmp_path):
    given = tmp_path / "elsewhere.pem"
    given.write_text("-----BEGIN CERTIFICATE-----\n")
    _, code = add(world)
    enrolling.prepare(tmp_path / "agent")

    path = enrolling.keep(on_the_pi(world, code), tmp_path / "agent", given)
    given.unlink()

    kept = config.load(path).broker.ca_file
    assert kept == str(tmp_path / "agent" / "authority.pem")
    assert "BEGIN CERTIFICATE" in Path(kept).read_text()


def test_a_certificate_that_nobody_vouches_for_is_said_at_once_with_what_to_do(tmp_path):
    subprocess.run([ROOT / "deploy" / "make-secrets", tmp_path], check=True, capture_output=True)
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(tmp_path / "tls_certificate", tmp_path / "tls_key")
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        server.socket = own.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pauses: list[float] = []

        with pytest.raises(EnrolError, match="--ca-file"):
            enrolling.ask(
                f"https://localhost:{server.server_address[1]}", "CODE", enrolling.client(None), pauses.append
            )
        server.shutdown()

    assert not pauses


def test_a_servers_own_chain_is_an_authority_without_the_root_above_it(tmp_path):
    def openssl(*words: str) -> None:
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        subprocess.run(["openssl", "req", "-x509", *key, *words], check=True, capture_output=True, cwd=tmp_path)

    openssl("-subj", "/CN=root", "-keyout", "root.key", "-out", "root.pem")
    above = ("-CA", "root.pem", "-CAkey", "root.key", "-addext", "basicConstraints=critical,CA:FALSE")
    openssl("-subj", "/CN=leaf", "-addext", "subjectAltName=DNS:localhost", *above, "-keyout", "key", "-out", "chain")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "chain", tmp_path / "key")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = trust.trusting(tmp_path / "chain").wrap_bio(back, there, server_hostname="localhost")
    answering = serving.wrap_bio(there, back, server_side=True)

    with pytest.raises(ssl.SSLWantReadError):
        asking.do_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        answering.do_handshake()
    asking.do_handshake()

    assert asking.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)


def test_a_folder_that_cannot_be_written_is_said_before_the_code_is_used_up(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(EnrolError, match="as good as before"):
        enrolling.prepare(tmp_path / "file")


def test_before_it_is_an_agent_it_is_told_how_to_become_one(tmp_path):
    (tmp_path / "agent.toml").write_text("")

    with pytest.raises(config.ConfigError, match="python -m edge enrol URL CODE"):
        config.load(tmp_path / "agent.toml")


def test_the_pi_is_told_in_words_why_it_did_not_work(world):
    with pytest.raises(EnrolError, match="no such code"):
        on_the_pi(world, "0000-0000-0000")


def answering(*answers):
    """A server that gives these one after the other."""
    waiting = list(answers)

    def answer(request):
        said = waiting.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    return httpx2.Client(transport=httpx2.MockTransport(answer))


GOOD = {"agent": "pi-7", "password": "secret", "broker": {"host": "b", "port": 1883, "protocol": "5", "tls": True}}


def test_a_bad_way_is_tried_again():
    way = answering(httpx2.ConnectError("no"), httpx2.Response(503), httpx2.Response(201, json=GOOD))

    assert enrolling.ask("http://c", "x", way, lambda _s: None).agent == "pi-7"


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([httpx2.ConnectError("refused")] * 5, "does not answer: refused\nTry the same code once more"),
        ([httpx2.Response(502)] * 5, "cannot answer now"),
        ([httpx2.Response(200, text="<html>")], "is not a Forehand"),
        ([httpx2.Response(404, text="nothing")], "is not a Forehand"),
        ([httpx2.Response(301, headers={"Location": "https://c/api/v1/enrolments"})], "Use https://c;"),
        ([httpx2.Response(503, json={"type": "/problems/no-enrolment", "detail": "none here"})], "none here"),
        ([httpx2.UnsupportedProtocol("no scheme")], "is not an address"),
    ],
)
def test_what_is_no_forehand_is_said(answers, words):
    with pytest.raises(EnrolError, match=words):
        enrolling.ask("http://c", "x", answering(*answers), lambda _s: None)

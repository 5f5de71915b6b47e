"""Settings are refused by name when they cannot be used, and follow one another where they belong together."""

import ssl

import pytest
from pydantic import ValidationError

from cloud.settings import Settings, load


def test_data_of_one_folder_stays_together(tmp_path):
    assert Settings(data_dir=tmp_path).database_url == f"sqlite:///{tmp_path}/forehand.db"


@pytest.mark.parametrize(
    ("host", "page"),
    [
        ("127.0.0.1", "http://127.0.0.1:9000"),
        ("pi.local", "http://pi.local:9000"),
        ("0.0.0.0", "http://127.0.0.1:9000"),  # noqa: S104 - everywhere is nowhere that a browser could go
        ("::", "http://[::1]:9000"),
        ("fd00::7", "http://[fd00::7]:9000"),
    ],
)
def test_the_pages_address_follows_host_and_port(host, page):
    assert Settings(web_host=host, web_port=9000).public_url == page


def test_an_address_that_was_given_stays_without_a_last_slash():
    assert Settings(web_port=9000, public_url="https://forehand.example/").public_url == "https://forehand.example"


@pytest.mark.parametrize("given", ["warning", "WARNING"])
def test_a_level_of_logs_is_taken_in_either_case(monkeypatch, given):
    monkeypatch.setenv("FOREHAND_LOG_LEVEL", given)

    assert load().log_level == "WARNING"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_level", "verbose"),
        ("clock_file", "absent.json"),
        ("broker_ca_file", "absent.pem"),
        ("broker_port", "0"),
        ("web_port", "70000"),
        ("public_url", "forehand.example"),
        ("database_url", "postgres://localhost/forehand"),
        ("database_url", "sqlite://forehand.db"),
        ("smtp_url", "localhost:25"),
        ("review_every_s", "0"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"FOREHAND_{name.upper()}", value)

    with pytest.raises(ValidationError) as refused:
        load()

    assert [each["loc"] for each in refused.value.errors()] == [(name,)]


@pytest.mark.parametrize("text", ["", "noon", "[]", '{"rate": 1}', '{"real_s": "a", "shown_s": 0, "rate": 1}'])
def test_a_clocks_file_must_show_the_time(tmp_path, text):
    (tmp_path / "clock.json").write_text(text)

    with pytest.raises(ValidationError, match="clock"):
        Settings(clock_file=tmp_path / "clock.json")


def test_a_folder_of_secrets_must_be_there(monkeypatch, tmp_path):
    monkeypatch.setenv("FOREHAND_SECRETS_DIR", str(tmp_path / "absent"))

    with pytest.raises(ValueError, match="FOREHAND_SECRETS_DIR"):
        load()


def test_a_file_of_authorities_must_hold_some(tmp_path, monkeypatch):
    (tmp_path / "ca.pem").write_text("not a certificate")
    monkeypatch.setenv("FOREHAND_BROKER_CA_FILE", str(tmp_path / "ca.pem"))

    with pytest.raises(ValidationError, match="certificate"):
        load()


def test_a_file_of_authorities_is_taken(tmp_path):
    authorities = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not authorities:
        pytest.skip("this machine trusts nobody")
    (tmp_path / "ca.pem").write_text(ssl.DER_cert_to_PEM_cert(authorities[0]))

    assert Settings(broker_ca_file=tmp_path / "ca.pem").broker_ca_file == tmp_path / "ca.pem"


def test_an_old_protocol_divides_nothing():
    assert Settings(ingest_shares=True).ingest_shares

    with pytest.raises(ValidationError, match="FOREHAND_BROKER_PROTOCOL=5"):
        Settings(ingest_shares=True, broker_protocol="3.1.1")


@pytest.mark.parametrize(("page", "is_secure"), [("https://forehand.example", True), ("http://192.0.2.7:8000", False)])
def test_a_page_under_https_gives_no_cookie_to_http(page, is_secure):
    assert Settings(public_url=page).secure_cookies is is_secure

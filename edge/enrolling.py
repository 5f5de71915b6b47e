"""`python -m edge enrol URL CODE`: this Pi becomes an agent, and nobody edits a file."""

import os
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import httpx2
import msgspec
from msgspec import Meta, Struct

from contract.topics import AGENT_ID
from edge.config import ENROLLED
from edge.trust import trusting

TIMEOUT_S = 15.0
TRIES, PAUSE_S = 5, 2.0
_SERVER_ERROR, _MOVED = 500, 300
_AGAIN = "Try the same code once more within ten minutes, or ask for a new one."
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
_TRUST = "Give it with --ca-file, if it is of your own making; the code is as good as before."
AUTHORITY = "authority.pem"
_DEVICES = """\
# What this agent reads: one block for each device. docs/driver-checklist.md has every key.
# [[devices]]
# name = "printer"
# type = "ipp"
# address = "ipp://PRINTER/ipp/print"
"""


class EnrolError(Exception):
    """It did not become an agent; the message says what to do."""


class Broker(Struct, frozen=True):
    """Where to connect."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)]
    protocol: str
    tls: bool


class Enrolled(Struct, frozen=True):
    """The cloud's answer."""

    agent: Annotated[str, Meta(pattern=rf"^{AGENT_ID}$")]
    password: str
    broker: Broker


class _Problem(Struct):
    detail: str = ""


def ask(url: str, code: str, asking: httpx2.Client, pause: Callable[[float], None] = time.sleep) -> Enrolled:
    """Several times, where the way is bad: the same code gives the same answer. Raises EnrolError."""
    address = f"{url.rstrip('/')}/api/v1/enrolments"
    why = ""
    with asking:
        for n in range(TRIES):
            if n:
                pause(PAUSE_S * 2**n)
            try:
                answer = asking.post(address, json={"code": code})
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
                raise EnrolError(f"{url} is not an address: give that of the page, such as https://example") from error
            except httpx2.HTTPError as error:
                if _UNTRUSTED in str(error):
                    raise EnrolError(f"{url} has a certificate that is not trusted here: {error}. {_TRUST}") from error
                why = f"{url} does not answer: {str(error) or type(error).__name__}"
                continue
            if answer.status_code < _SERVER_ERROR or _is_for_good(answer):
                return _read(url, answer)
            why = f"{url} cannot answer now (status {answer.status_code}). {_detail(answer)}".rstrip()
    raise EnrolError(f"{why}\n{_AGAIN}")


def client(authority: Path | None) -> httpx2.Client:
    """`authority`: a file of certificates to trust, besides none other. Raises EnrolError."""
    if authority is None:
        return httpx2.Client(timeout=TIMEOUT_S)
    try:
        trusted = trusting(authority)
    except OSError as error:
        raise EnrolError(f"{authority} holds no certificate in PEM that can be read: {error}") from error
    return httpx2.Client(timeout=TIMEOUT_S, verify=trusted)


def prepare(folder: Path) -> None:
    """Before the code is used up: can it be kept here? Raises EnrolError."""
    path = folder / "agent.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / ENROLLED, (folder / ENROLLED).read_text() if (folder / ENROLLED).exists() else "")
        own = tomllib.loads(path.read_text()) if path.exists() else {}
    except (OSError, ValueError) as error:
        raise EnrolError(f"{folder} cannot be used: {error}. The code is as good as before.") from error
    broker = own.get("broker", {})
    if "agent" in own or (isinstance(broker, dict) and broker.keys() & {"username", "password", "password_file"}):
        raise EnrolError(
            f"{path} says itself who this agent is. Remove its line agent = … and its table [broker], then enrol: the "
            "code is as good as before."
        )


def keep(enrolled: Enrolled, folder: Path, authority: Path | None = None) -> Path:
    """Write who this agent is, and whom it trusts, beside agent.toml, which stays as it is. Returns agent.toml.

    `authority` is copied: the agent may be one who cannot read it where it lies. Raises OSError.
    """
    broker = enrolled.broker
    if authority is not None:
        _write(folder / AUTHORITY, authority.read_text(encoding="latin-1"))  # what stands between certificates is any
    lines = [
        f"# Written by `python -m edge enrol`: it is replaced whole, so change {'agent.toml'!r} instead.",
        f'agent = "{enrolled.agent}"', "", "[broker]", f"host = {_quoted(broker.host)}", f"port = {broker.port}",
        f'protocol = "{broker.protocol}"', f"tls = {str(broker.tls).lower()}",
        f"password = {_quoted(enrolled.password)}",
        *([] if authority is None else [f'ca_file = "{AUTHORITY}"']),
    ]  # fmt: skip
    _write(folder / ENROLLED, "\n".join(lines) + "\n")
    path = folder / "agent.toml"
    if not path.exists():
        _write(path, _DEVICES)
    return path


def _is_for_good(answer: httpx2.Response) -> bool:
    """It gives no codes at all: waiting changes nothing."""
    return b"/problems/no-enrolment" in answer.content


def _read(url: str, answer: httpx2.Response) -> Enrolled:
    if answer.is_success:
        try:
            return msgspec.json.decode(answer.content, type=Enrolled)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise EnrolError(f"{url} is not a Forehand: its answer cannot be read.") from error
    if _MOVED <= answer.status_code < _MOVED + 100:
        there = answer.headers.get("location", "").removesuffix("/api/v1/enrolments")
        raise EnrolError(f"{url} has moved. Use {there or 'its new address'}; the code is as good as before.")
    raise EnrolError(_detail(answer) or f"{url} is not a Forehand (status {answer.status_code}).")


def _detail(answer: httpx2.Response) -> str:
    try:
        return msgspec.json.decode(answer.content, type=_Problem).detail
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are among TOML's."""
    return msgspec.json.encode(text).decode()


def _write(path: Path, text: str) -> None:
    """Whole or not at all, for nobody else to read. Of whoever owns the folder, where we may give it away."""
    fresh = path.with_name(f"{path.name}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - its mode
        owner = path.parent.stat()
        if os.geteuid() == 0:
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)

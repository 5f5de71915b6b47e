"""Reads a printer's supplies over IPP: one POST for each look."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from edge.sensors import ipp_supplies
from edge.sensors.base import Poll, SensorError
from edge.sensors.ipp_wire import MAX_ANSWER_BYTES, VERSION_NOT_SUPPORTED, Answer, decode, question

TIMEOUT_S = 8.0  # a sleeping printer needs some seconds to wake
DEFAULT_PORT = 631
DEFAULT_PATH = "/ipp/print"
_VERSIONS = ((2, 0), (1, 1))
_LAST_SUCCESS = 0x00FF  # RFC 8011 4.1.8: up to here the printer did as asked

Post = Callable[[str, bytes], bytes]
"""Sends bytes to an http(s) address and returns the answer's; raises SensorError, and nothing else."""


@dataclass(frozen=True)
class IppAddress:
    """One printer: `uri` is what it calls itself, `url` is where HTTP finds it."""

    uri: str
    url: str

    @classmethod
    def parse(cls, address: str) -> "IppAddress":
        """`ipp://host[:port][/path]` or `ipps://…`.

        Raises ValueError saying what an address looks like.
        """
        parts = urlsplit(address)
        if parts.scheme not in {"ipp", "ipps"} or not parts.hostname:
            raise ValueError(f"{address!r} is not a printer's address: write ipp://HOST/ipp/print (or ipps://)")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        place = f"{host}:{parts.port or DEFAULT_PORT}{parts.path if parts.path != '/' else ''}"
        if not parts.path.strip("/"):
            place += DEFAULT_PATH
        web = "https" if parts.scheme == "ipps" else "http"
        return cls(uri=f"{parts.scheme}://{place}", url=f"{web}://{place}")


class IppPrinter:
    """A printer on the network. Asks in IPP 2.0, and in 1.1 where that is not understood."""

    def __init__(self, device: str, address: IppAddress, post: Post | None = None) -> None:
        self._device = device
        self._address = address
        self._post = post or HttpPost()
        self._versions = list(_VERSIONS)

    @property
    def device(self) -> str:
        return self._device

    def poll(self) -> Poll:
        answer = self._ask(self._versions[0])
        if answer.code == VERSION_NOT_SUPPORTED and len(self._versions) > 1:
            answer = self._ask(self._versions[1])
            if answer.code <= _LAST_SUCCESS:
                self._versions.pop(0)
        if answer.code > _LAST_SUCCESS:
            raise SensorError(f"the printer refused to tell its supplies (IPP status 0x{answer.code:04x})")
        return ipp_supplies.understand(self._device, answer.printer)

    def identify(self) -> bool:
        return False

    def _ask(self, version: tuple[int, int]) -> Answer:
        asked = question(self._address.uri, ipp_supplies.ATTRIBUTES, version)
        return decode(self._post(self._address.url, asked))


class HttpPost:
    """One HTTP exchange, bounded in time and size.

    Raises SensorError when the printer does not answer, answers too slowly or too much, or answers something else.
    """

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._worker: threading.Thread | None = None

    def __call__(self, url: str, body: bytes) -> bytes:
        """In a thread that is left behind: the library's time-outs start anew with each byte a printer dribbles."""
        if self._worker is not None and self._worker.is_alive():
            raise SensorError("the printer is still busy with the last question")
        answers: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        work = threading.Thread(target=lambda: answers.put(_exchange(url, body, self._timeout_s)), daemon=True)
        self._worker = work
        work.start()
        try:
            answer = answers.get(timeout=self._timeout_s)
        except queue.Empty:
            raise SensorError(f"the printer took longer than {self._timeout_s:g} s to answer") from None
        if isinstance(answer, Exception):
            raise SensorError(f"no answer from the printer: {str(answer) or type(answer).__name__}") from answer
        return answer


def _exchange(url: str, body: bytes, timeout_s: float) -> bytes | Exception:
    # Printers sign their own certificates: ipps hides the levels from listeners, it does not prove who answers.
    client = httpx2.Client(timeout=timeout_s, verify=False, trust_env=False)
    headers = {"Content-Type": "application/ipp", "Accept": "application/ipp"}
    try:
        with client, client.stream("POST", url, content=body, headers=headers) as answer:
            if answer.status_code != httpx2.codes.OK:
                return SensorError(f"HTTP {answer.status_code}; is the path in its address right?")
            return _bounded(answer)
    except Exception as error:  # noqa: BLE001 - handed to the thread that waits
        return error


def _bounded(answer: httpx2.Response) -> bytes:
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > MAX_ANSWER_BYTES:
            raise SensorError(f"it is longer than {MAX_ANSWER_BYTES} bytes")
    return bytes(body)

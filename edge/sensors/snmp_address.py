"""Where an SNMP printer is and how it is spoken to, as agent.toml and the command line say it."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

Version = Literal["1", "2c", "3"]
DEFAULT_PORT = 161
VERSIONS: tuple[Version, ...] = ("1", "2c", "3")
AUTH = ("md5", "sha", "sha224", "sha256", "sha384", "sha512")
PRIVACY = ("des", "aes", "aes192", "aes256")
_HOW = "write snmp://HOST/?community=public (and &version=1, 2c or 3 where it must be one)"
_KNOWN = frozenset({"community", "version", "context", "user", "auth", "auth_password", "priv", "priv_password"})


@dataclass(frozen=True)
class User:
    """Of SNMPv3. An empty password: no authentication, no encryption."""

    name: str
    auth: str = "sha"
    auth_password: str = field(default="", repr=False)
    priv: str = "aes"
    priv_password: str = field(default="", repr=False)


@dataclass(frozen=True)
class SnmpAddress:
    """`version` None: 2c, then 1 where nobody answers. `context` "": the default, then the maker's if that is empty."""

    host: str
    port: int = DEFAULT_PORT
    community: str = field(default="public", repr=False)
    version: Version | None = None
    context: str = ""
    user: User | None = None

    @classmethod
    def parse(cls, address: str) -> "SnmpAddress":
        """Raises ValueError saying what an address looks like."""
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise ValueError(f"{address!r} is not a printer's address ({error}): {_HOW}") from error
        if parts.scheme != "snmp" or not host or parts.path.strip("/") or parts.username is not None:
            raise ValueError(f"{address!r} is not a printer's address: {_HOW}")
        said = dict(parse_qsl(parts.query, keep_blank_values=True))
        unknown = sorted(said.keys() - _KNOWN)
        if unknown:
            raise ValueError(f"an SNMP address knows no {unknown[0]!r}; it knows {', '.join(sorted(_KNOWN))}")
        version = _version(said)
        user = _user(said) if version == "3" else None
        community = said.get("community", "public") or "public"
        return cls(host, port or DEFAULT_PORT, community, version, said.get("context", ""), user)


def _version(said: dict[str, str]) -> Version | None:
    asked = said.get("version", "3" if "user" in said else "").removeprefix("v")
    if not asked:
        return None
    for known in VERSIONS:
        if asked in {known, known.removesuffix("c")}:
            return known
    raise ValueError(f"there is no SNMP version {asked!r}; the versions are 1, 2c and 3")


def _user(said: dict[str, str]) -> User:
    if not said.get("user"):
        raise ValueError("SNMP version 3 asks for &user=NAME, and mostly for &auth_password= and &priv_password=")
    user = User(
        said["user"],
        said.get("auth", "sha").lower(),
        said.get("auth_password", ""),
        said.get("priv", "aes").lower(),
        said.get("priv_password", ""),
    )
    for word, choices in ((user.auth, AUTH), (user.priv, PRIVACY)):
        if word not in choices:
            raise ValueError(f"{word!r} is not known here; the choices are {', '.join(choices)}")
    if user.priv_password and not user.auth_password:
        raise ValueError("SNMP version 3 encrypts only where it authenticates: add &auth_password=")
    return user

"""What Mosquitto's dynamic security plugin holds: who may connect, and a role for each: what it may say and hear.

The file that it loads when the broker starts, and the commands that change it while the broker runs: a client that is
deleted is disconnected at once. https://mosquitto.org/documentation/dynamic-security/
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kit import mosquitto_passwords

Command = dict[str, Any]
_NO_MORE = ("not found",)  # what is to be removed may be gone already


@dataclass(frozen=True)
class User:
    """`says`, `hears`, `shares`: topic filters, the last with `$share` and the group. `mark`: which credential this is,
    as the plugin tells it to whoever asks.

    `entry`: the hashed password, as `mosquitto_passwords` writes it; for the file. `password`: for the commands, which
    take no hash. Either may be empty, where it is not needed.
    """

    name: str
    says: tuple[str, ...]
    hears: tuple[str, ...]
    mark: str
    shares: tuple[str, ...] = ()
    entry: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


def document(users: Iterable[User]) -> str:
    """The plugin's file, whole: what is not in it may not connect, what is not in a role may not be said or heard."""
    listed = list(users)
    return json.dumps(
        {
            "defaultACLAccess": {
                "publishClientSend": False, "publishClientReceive": False, "subscribe": False, "unsubscribe": True,
            },
            "clients": [_client(user) | _hashed(user) for user in listed],
            "groups": [],
            "roles": [_role(user) for user in listed],
        },
        indent=1,
    )  # fmt: skip


def adding(user: User) -> list[Command]:
    """A role that was left behind goes first."""
    return [
        {"command": "deleteRole", "rolename": user.name},
        {"command": "createRole"} | _role(user),
        {"command": "createClient", "password": user.password} | _client(user),
    ]


def removing(name: str) -> list[Command]:
    """The client goes before its role: Mosquitto up to 2.0.15 may crash the other way round."""
    return [{"command": "deleteClient", "username": name}, {"command": "deleteRole", "rolename": name}]


def changes(have: Mapping[str, str], want: Iterable[User]) -> list[list[Command]]:
    """From what the plugin holds (marks by names) to these users and no others: a list of commands for each user.

    Nobody whose mark is the same is touched: their connections stand.
    """
    wanted = {user.name: user for user in want}
    gone = [removing(name) for name in have if name not in wanted]
    other = [
        (removing(name) if name in have else []) + adding(user)
        for name, user in wanted.items()
        if have.get(name) != user.mark
    ]
    return gone + other


def went_wrong(answers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Errors that matter, without what they were about: it may hold a password."""
    return [
        f"{answer.get('command')}: {answer['error']}"
        for answer in answers
        if "error" in answer
        and not (str(answer.get("command")).startswith("delete") and str(answer["error"]).endswith(_NO_MORE))
    ]


def lets_in(text: str, username: str, password: str) -> bool:
    """Whether the plugin's file lets in who says this."""
    for client in json.loads(text)["clients"]:
        if client["username"] == username and "password" in client:
            line = f"{username}:$7${client['iterations']}${client['salt']}${client['password']}"
            return mosquitto_passwords.is_of(line, password)
    return False


def _client(user: User) -> Command:
    return {"username": user.name, "textdescription": user.mark, "roles": [{"rolename": user.name}]}


def _hashed(user: User) -> Command:
    parts = mosquitto_passwords.taken_apart(user.entry)
    return {"password": parts.digest, "salt": parts.salt, "iterations": parts.rounds}


def _role(user: User) -> Command:
    says = [_acl("publishClientSend", topic) for topic in user.says]
    hears = [_acl(kind, topic) for topic in user.hears for kind in ("publishClientReceive", "subscribePattern")]
    shares = [_acl("subscribePattern", topic) for topic in user.shares]
    return {"rolename": user.name, "acls": says + hears + shares}


def _acl(kind: str, topic: str) -> Command:
    return {"acltype": kind, "topic": topic, "priority": 0, "allow": True}

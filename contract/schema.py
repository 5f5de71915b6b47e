"""JSON Schema and AsyncAPI 3 of the wire, made from the messages. `python -m contract.schema --check | --write`."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from contract import decoding, limits, topics
from contract.topics import RETAINED, Down, Up

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schema"

Json = dict[str, Any]


def pages() -> dict[str, str]:
    """File name to content, all of docs/schema."""
    made = {f"{topic}.json": _json_schema(kind) for topic, kind in _messages().items()}
    made["asyncapi.json"] = _asyncapi()
    return {name: json.dumps(page, indent=2, ensure_ascii=False) + "\n" for name, page in made.items()}


def stale(folder: Path) -> list[str]:
    """Names of pages that are missing, different or no longer made."""
    wanted = pages()
    present = {path.name: path.read_text() for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale(folder):
        (folder / name).unlink(missing_ok=True)
    for name, page in pages().items():
        (folder / name).write_text(page)


def _messages() -> dict[Up | Down, type[Struct]]:
    names: list[Up | Down] = [*Up, *Down]
    return {name: kind for name in names if (kind := decoding.type_of(name)) is not None}


def _json_schema(kind: type[Struct]) -> Json:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://forehand.example/schema/v{limits.WIRE_VERSION}/{kind.__name__}",
        **msgspec.json.schema(kind),
    }


def _asyncapi() -> Json:
    messages = _messages()
    _, components = msgspec.json.schema_components(messages.values(), ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Forehand, between a home and the cloud",
            "version": str(limits.WIRE_VERSION),
            "description": f"MQTT 5 or 3.1.1, QoS 1, JSON of at most {limits.MAX_MESSAGE_BYTES} bytes. "
            "Seen from the cloud: it receives `up`, it sends `down`.",
        },
        "defaultContentType": "application/json",
        "channels": {_channel(name): _channel_page(name, kind) for name, kind in messages.items()},
        "operations": {_operation(name): _operation_page(name, kind) for name, kind in messages.items()},
        "components": {
            "messages": {kind.__name__: _message_page(kind) for kind in messages.values()},
            "schemas": components,
        },
    }


def _channel(name: Up | Down) -> str:
    return f"{'up' if isinstance(name, Up) else 'down'}-{name}"


def _channel_page(name: Up | Down, kind: type[Struct]) -> Json:
    address = topics.up("{agent}", name) if isinstance(name, Up) else topics.down("{agent}", name)
    return {
        "address": address,
        "messages": {kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}},
        "parameters": {"agent": {"description": f"The agent's id and user name: {topics.AGENT_ID}"}},
    }


def _operation(name: Up | Down) -> str:
    return f"{'receive' if isinstance(name, Up) else 'send'}-{name}"


def _operation_page(name: Up | Down, kind: type[Struct]) -> Json:
    channel = f"#/channels/{_channel(name)}"
    return {
        "action": "receive" if isinstance(name, Up) else "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{kind.__name__}"}],
        "bindings": {"mqtt": {"qos": 1, "retain": name in RETAINED, "bindingVersion": "0.2.0"}},
    }


def _message_page(kind: type[Struct]) -> Json:
    summary = (kind.__doc__ or "").partition("\n")[0]
    return {"name": kind.__name__, "summary": summary, "payload": {"$ref": f"#/components/schemas/{kind.__name__}"}}


def main(arguments: list[str]) -> int:
    if arguments == ["--write"]:
        write(FOLDER)
        return 0
    if arguments == ["--check"]:
        old = stale(FOLDER)
        if old:
            print(f"docs/schema is not current ({', '.join(old)}): run `make schema`", file=sys.stderr)
        return 1 if old else 0
    print("python -m contract.schema --check | --write", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

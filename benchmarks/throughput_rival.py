"""What one would write first: paho, a handler that inserts and commits, then an acknowledgement. Nothing is checked."""

import sys
from typing import Any

import sqlalchemy as sa
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from contract import topics
from contract.topics import Up


def main(url: str, port: int, password: str) -> None:
    """Until it is killed."""
    engine = sa.create_engine(url)
    connection = engine.connect()
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
    connection.exec_driver_sql("CREATE TABLE rival (topic TEXT, body TEXT)")
    connection.commit()
    insert = sa.text("INSERT INTO rival VALUES (:topic, :body)")

    def on_message(_client: Client, _userdata: Any, told: MQTTMessage) -> None:
        connection.execute(insert, {"topic": told.topic, "body": told.payload.decode()})
        connection.commit()

    def on_subscribe(*_more: Any) -> None:
        print("listening", flush=True)

    client = Client(CallbackAPIVersion.VERSION2, "cloud-ingest")
    client.username_pw_set("cloud-ingest", password)
    client.on_message, client.on_subscribe = on_message, on_subscribe
    client.connect("127.0.0.1", port)
    client.subscribe(topics.every_up(Up.READINGS), qos=1)
    client.loop_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])

"""The least that one would write: a page over one table, and a client that hears what agents say. Until it is killed.

`python -m benchmarks.memory_rival web PORT DATABASE_URL` or `… hear PORT PASSWORD COUNT`.
"""

import sys
from itertools import count
from typing import Any


def web(port: str, url: str) -> None:
    import uvicorn  # noqa: PLC0415 - what the other needs is not to be weighed here
    from fastapi import FastAPI  # noqa: PLC0415
    from sqlmodel import Field, Session, SQLModel, create_engine, select  # noqa: PLC0415

    class Note(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        body: str

    engine = create_engine(url)
    SQLModel.metadata.create_all(engine)
    app = FastAPI()

    @app.post("/")
    def add(body: str) -> None:
        with Session(engine) as session, session.begin():
            session.add(Note(body=body))

    @app.get("/")
    def shown() -> list[Note]:
        with Session(engine) as session:
            return list(session.exec(select(Note).limit(50)))

    uvicorn.run(app, port=int(port), log_level="warning")


def hear(port: str, password: str, all_of_them: str) -> None:
    from paho.mqtt.client import Client  # noqa: PLC0415
    from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415

    heard = count(1)

    def on_message(*_told: Any) -> None:
        if next(heard) == int(all_of_them):
            print("heard", flush=True)

    client = Client(CallbackAPIVersion.VERSION2, "cloud-web")
    client.username_pw_set("cloud-web", password)
    client.on_message = on_message
    client.on_subscribe = lambda *_: print("listening", flush=True)
    client.connect("127.0.0.1", int(port))
    client.subscribe("forehand/v1/+/up/readings", qos=1)
    client.loop_forever()


if __name__ == "__main__":
    {"web": web, "hear": hear}[sys.argv[1]](*sys.argv[2:])

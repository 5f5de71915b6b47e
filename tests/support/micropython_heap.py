"""How much memory the client takes, asked of a real MicroPython. What an act leaves behind is collected after it."""

import gc

MESSAGES = 96
asked = {}


class Deaf:
    """A broker that takes everything, and a cloud that never answers."""

    def receive(self, topic, payload, retain):
        return True


def noted(name):
    """Between two acts: this port collects garbage only there."""
    print(f"{name:<32}{gc.mem_alloc() - asked['before']:>8}")


def acts():
    yield from imported()
    from life import Board, Flash

    board = Board(Flash(blocks=32), Deaf())
    yield gc.collect()
    asked["before"] += gc.mem_alloc() - asked["now"]  # the flash and the clocks are the board's own
    yield from lived(board)


def imported():
    yield gc.collect()
    asked["before"] = gc.mem_alloc()
    from forehand.client import Client

    asked["client"] = Client
    yield gc.collect()
    asked["now"] = gc.mem_alloc()
    noted("the modules, compiled")


def lived(board):
    client = asked["client"](board, "board-1")
    client.connected()
    yield gc.collect()
    noted("with a client")
    client.heard("forehand/v1/board-1/down/desired", b'{"config":1,"consent":1,"purposes":["supply"]}')
    client.step()
    most = 0
    level = {"device": "fridge-1", "slot": "milk", "kind": "amount_g", "value": 812.5, "quality": "good"}
    for _ in range(MESSAGES):
        yield gc.collect()
        before = gc.mem_alloc()
        client.measured([level])
        client.step()
        most = max(most, gc.mem_alloc() - before)
    yield gc.collect()
    noted(f"with {client.spool.count()} messages waiting")
    print(f"{'allocated in one step, at most':<32}{most:>8}")
    yield gc.collect()
    before = gc.mem_alloc()
    asked["client"](board, "board-1")
    print(f"{'allocated by a start':<32}{gc.mem_alloc() - before:>8}")

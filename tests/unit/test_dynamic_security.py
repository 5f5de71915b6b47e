import json

from hypothesis import given
from hypothesis import strategies as st

from contract import permissions, topics
from kit import dynamic_security
from kit.dynamic_security import User
from tests.support.brokers import user

names = st.sampled_from(["pi-1", "pi-2", "pi-3", "pi-4"])
marks = st.sampled_from(["a", "b", ""])
held = st.dictionaries(names, marks)


@given(held, held)
def test_after_the_changes_exactly_who_is_wanted_may_connect_and_nobody_else_was_touched(have, want):
    holds, touched = dict(have), set()
    for step in dynamic_security.changes(have, [User(name, (), (), mark) for name, mark in want.items()]):
        for command in step:
            match command["command"]:
                case "deleteClient":
                    del holds[command["username"]]  # a plugin that is asked to delete nobody says so
                    touched.add(command["username"])
                case "createClient":
                    assert command["username"] not in holds
                    holds[command["username"]] = command["textdescription"]
                    touched.add(command["username"])

    assert holds == want
    assert touched == {name for name in have.keys() | want.keys() if have.get(name) != want.get(name)}


def test_a_client_goes_before_its_role():
    commands = [command["command"] for command in dynamic_security.removing("pi-1")]

    assert commands == ["deleteClient", "deleteRole"]


def test_what_is_gone_already_is_no_error_and_no_error_says_what_it_was_about():
    answers = [
        {"command": "deleteRole", "error": "Role not found"},
        {"command": "createClient", "error": "Client already exists", "data": {"password": "secret"}},
        {"command": "createRole"},
    ]

    assert dynamic_security.went_wrong(answers) == ["createClient: Client already exists"]


def test_the_file_lets_in_who_has_the_password():
    text = dynamic_security.document([user("pi-1", "right")])

    assert dynamic_security.lets_in(text, "pi-1", "right")
    assert not dynamic_security.lets_in(text, "pi-1", "wrong")
    assert not dynamic_security.lets_in(text, "pi-2", "right")
    assert "right" not in json.dumps(json.loads(text)["clients"])


levels = st.lists(st.sampled_from(["forehand", "v1", "pi-1", "up", ""]), min_size=1, max_size=5)


@given(levels, st.data())
def test_a_filter_made_from_a_topic_matches_it(parts, data):
    at = data.draw(st.integers(0, len(parts) - 1))
    topic = "/".join(parts)

    assert topics.matches(topic, topic)
    assert topics.matches("/".join([*parts[:at], "+", *parts[at + 1 :]]), topic)
    assert topics.matches("/".join([*parts[:at], "#"]), topic)
    assert not topics.matches("/".join([*parts, "+"]), topic)
    assert not topics.matches("/".join([*parts[:at], "else", *parts[at + 1 :]]), topic)


def test_whoever_tells_the_broker_hears_and_says_nothing_of_homes():
    for action in ("read", "write"):
        assert not permissions.allows(permissions.KEEPER, action, "forehand/v1/pi-1/up/readings")
        assert not permissions.allows(permissions.KEEPER, action, "forehand/v1/pi-1/down/desired")

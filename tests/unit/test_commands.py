"""What an engineer types, and what they had better not type."""

import argparse
import io

import pytest

from cloud import commands

SUPPLIER = ("catalogue", "supplier", "corner-shop", "https://shop.example")


@pytest.mark.parametrize("order", [("--token", "--webhook-secret"), ("--webhook-secret", "--token")])
def test_a_suppliers_secrets_can_be_given_without_being_typed_into_the_command(monkeypatch, order):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{order[0]} one\n{order[1]} two\n"))
    parser = argparse.ArgumentParser()
    commands.add_to(parser)

    given = parser.parse_args([*SUPPLIER, order[0], "-", order[1], "-"])

    assert {given.token, given.webhook_secret} == {f"{order[0]} one", f"{order[1]} two"}
    assert given.token.startswith("--token")

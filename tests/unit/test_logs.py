"""Logs go where standard error is now, and never take down who writes them."""

import io
import json
import sys

import pytest
import structlog

from cloud.logs import configure


@pytest.fixture(autouse=True)
def configured():
    configure("INFO")
    yield
    structlog.reset_defaults()


def test_a_line_goes_to_where_standard_error_is_now(monkeypatch):
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)

    structlog.get_logger().info("something_happened", count=3)

    assert json.loads(later.getvalue())["event"] == "something_happened"


def test_a_closed_standard_error_ends_nobody(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)

    structlog.get_logger().warning("nobody_hears_this")


def test_an_exception_is_one_line_of_json(monkeypatch):
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)
    try:
        json.loads("")
    except ValueError:
        structlog.get_logger().exception("broke")

    assert len(later.getvalue().splitlines()) == 1
    assert "JSONDecodeError" in later.getvalue()

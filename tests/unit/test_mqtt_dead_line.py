import socket

import pytest

from kit import mqtt_client


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system finds out by itself")
def test_a_line_on_which_nothing_is_confirmed_is_given_up_in_seconds():
    with socket.socket() as connected:
        mqtt_client.hurry(None, None, connected)

        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == mqtt_client.UNHEARD_MS

"""The proxy itself: what chaos relies on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """A port at which everything comes back."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                while piece := connection.recv(100):
                    connection.sendall(piece)
            except OSError:
                pass

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def is_answered(connection: socket.socket) -> bool:
    connection.sendall(b"hello")
    try:
        return connection.recv(100) == b"hello"
    except OSError:
        return False


def has_ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:
        return True


def test_what_goes_in_comes_out_until_it_is_cut(echo):
    with Proxy(echo) as proxy:
        connection = connect(proxy)
        assert is_answered(connection)
        proxy.cut()
        assert has_ended(connection)
        proxy.mend()
        assert is_answered(connect(proxy))
        assert proxy.connections == 2


def test_a_half_open_connection_hears_nothing_and_ends_when_it_is_mended(echo):
    with Proxy(echo) as proxy:
        connection = connect(proxy)
        assert is_answered(connection)
        proxy.half_open()
        connection.settimeout(0.3)
        connection.sendall(b"hello")
        with pytest.raises(TimeoutError):
            connection.recv(100)
        proxy.mend()
        connection.settimeout(5)
        assert has_ended(connection)
        assert is_answered(connect(proxy))


def test_what_is_delayed_still_comes(echo):
    with Proxy(echo) as proxy:
        proxy.delay(0.05)
        assert is_answered(connect(proxy))

"""Listening at an address, and answering whatever comes in there."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest
from aiohttp import web

from streams.errors import AddressInUse, ConfigError, Unreachable
from streams.outputs.api import public_app
from streams.outputs.serving import Listener, polite
from tests.outputs.centre import morning
from tests.outputs.serving import TOKEN, api
from tests.tools import free_port


def listener(host: str, port: int) -> Listener:
    snapshot = morning().snapshot()
    return Listener(public_app(lambda: snapshot, status=dict), host, port, "http")


async def test_it_says_where_it_listens():
    found = listener("127.0.0.1", 0)
    await found.start()
    try:
        host, _, port = found.address.partition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await writer.wait_closed()
    finally:
        await found.close()


async def test_a_port_in_use_is_one_clear_line():
    with socket.socket() as taken:
        port = free_port()
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(AddressInUse) as error:
            await listener("127.0.0.1", port).start()
    assert str(error.value) == f"127.0.0.1:{port} is in use by another process: stop it, or take another port: --http-port, or http.address"
    assert error.value.exit_code == 3


async def test_an_address_of_another_machine_is_a_matter_of_configuration():
    with pytest.raises(ConfigError, match=r"http\.address is 192\.0\.2\.1:\d+: cannot listen there"):
        await listener("192.0.2.1", free_port()).start()


async def test_a_name_nobody_knows_is_told():
    with pytest.raises(Unreachable, match=r"correct http\.address"):
        await listener("no-such-host.invalid", 8600).start()


async def send(port: int, request: bytes) -> tuple[int, str]:
    """Raw bytes, as no client of good manners would send them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    length = next(int(line.split(b":")[1]) for line in head.splitlines() if line.lower().startswith(b"content-length"))
    body = await reader.readexactly(length)
    writer.close()
    return int(head.split()[1]), body.decode()


@pytest.mark.parametrize("query", [b"kpi=\xff\xfe", b"kpi=%FF%FE", b"\xff=1", b"queue=%ED%A0%80", b"kpi=%00"])
async def test_bytes_that_are_no_text_are_refused_like_other_wrong_words(query):
    async with api(morning().snapshot()) as client:
        assert client.port is not None
        status, answer = await send(client.port, b"GET /api/v1/rows?" + query + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status == 400, answer


@pytest.mark.parametrize("credentials", [b"Bearer \xff", b"Basic /w==", b"Basic \xff", b"\xff"])
async def test_a_token_that_is_no_text_is_wrong(credentials):
    async with api(morning().snapshot(), token=TOKEN) as client:
        assert client.port is not None
        status, answer = await send(client.port, b"GET /status HTTP/1.1\r\nHost: x\r\nAuthorization: " + credentials + b"\r\n\r\n")
    assert status == 401, answer


class Reading:
    """An application that reads what comes in, and has a fault at one of its paths."""

    def __init__(self) -> None:
        app = web.Application(middlewares=[polite])
        app.add_routes([web.post("/", self.read), web.get("/fault", self.fault)])
        self.listener = Listener(app, "127.0.0.1", 0, "http")

    async def read(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    async def fault(self, request: web.Request) -> web.Response:
        raise AssertionError("a sum that cannot be")

    async def __aenter__(self) -> int:
        await self.listener.start()
        return int(self.listener.address.rpartition(":")[2])

    async def __aexit__(self, *_: object) -> None:
        await self.listener.close()


POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        POST + b"Content-Length: abc\r\n\r\n",
        POST + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_what_is_no_http_is_refused_and_leaves_nothing_in_the_log(request_, caplog):
    """Whoever reaches the address could fill a disk with it, without a token."""
    async with Reading() as port:
        status, _ = await send(port, request_)
    assert status == 400
    assert [record.message for record in caplog.records if record.levelno >= logging.INFO] == []


async def test_who_goes_in_the_middle_of_a_body_leaves_nothing_in_the_log(caplog):
    async with Reading() as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POST + b"Content-Length: 100\r\n\r\nabcd")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await send(port, POST + b"Content-Length: 0\r\n\r\n"))[0] == 200
    assert [record.message for record in caplog.records if record.levelno >= logging.INFO] == []


async def test_a_fault_of_ours_is_told_with_its_traceback(caplog):
    async with Reading() as port:
        assert (await send(port, b"GET /fault HTTP/1.1\r\nHost: x\r\n\r\n"))[0] == 500
    assert "a sum that cannot be" in caplog.text

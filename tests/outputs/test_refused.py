"""Who is told no with a browser reads a page, and who asks for data gets data."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from streams.outputs.api import public_app
from streams.outputs.links import Links
from tests.outputs.centre import morning
from tests.outputs.serving import TOKEN, Client, serving, wall_clock

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def client(tmp_path) -> AsyncIterator[Client]:
    snapshot = morning().snapshot()
    async with serving(public_app(lambda: snapshot, status=dict, token=TOKEN, links=Links(tmp_path / "links", wall_clock))) as found:
        yield found


@pytest.mark.parametrize(
    ("path", "status", "what", "remedy"),
    [
        ("/link/nix", 404, "This address is not good any more", "`deskpulse board link NAME` makes a new one"),
        ("/", 401, "No token", "Send the header Authorization: Bearer TOKEN, or in a browser the token as the password of any user"),
    ],
)
async def test_a_browser_is_told_no_on_a_page(client, path, status, what, remedy):
    answer = await client.get(path, headers=BROWSER)
    page = await answer.text()
    assert (answer.status, answer.content_type) == (status, "text/html")
    assert f"<h1>{what}</h1>" in page
    assert f"<p>{remedy}</p>" in page
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert ("WWW-Authenticate" in answer.headers) == (status == 401), "a browser asks for it"


async def test_its_parts_are_there_for_whom_it_is_told(client):
    for path, content_type in (("/refused.css", "text/css"), ("/wallboard/icon.svg", "image/svg+xml")):
        answer = await client.get(path)
        assert (answer.status, answer.content_type) == (200, content_type)
    assert (await client.get("/page.css")).status == 401


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {"Accept": "*/*"}])
async def test_a_program_is_told_in_json(client, headers):
    answer = await client.get("/link/nix", headers=headers)
    assert (answer.status, (await answer.json())["reason"]) == (404, "no_link")


async def test_what_is_data_is_refused_as_data_also_in_a_browser(client):
    answer = await client.get("/api/v1/rows?kpi=nix", headers={**BROWSER, "Authorization": f"Bearer {TOKEN.reveal()}"})
    assert (answer.status, (await answer.json())["reason"]) == (400, "unknown_kpi")


async def test_a_page_that_there_is_not_is_one_without_a_token_as_well():
    snapshot = morning().snapshot()
    async with serving(public_app(lambda: snapshot, status=dict)) as open_to_all:
        answer = await open_to_all.get("/%3Cscript%3E", headers=BROWSER)
        assert (answer.status, answer.content_type) == (404, "text/html")
        assert "<h1>There is nothing at this address</h1>" in await answer.text()

"""A screen opens the address of a link: real Chromium, from another site, and then without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser

from streams.outputs.api import public_app
from streams.outputs.links import Links
from tests.outputs.centre import morning
from tests.outputs.serving import TOKEN, serving, wall_clock

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def elsewhere(request: web.Request) -> web.Response:
    """A page of another site with the address on it: a mail in a browser."""
    return web.Response(text=f'<a href="{request.query["to"]}">the board</a>', content_type="text/html")


async def test_the_address_of_a_link_leads_to_the_board_also_from_another_site(browser: Browser, tmp_path: Path) -> None:
    snapshot = morning().snapshot()
    links = Links(tmp_path / "links", wall_clock)
    _, word = links.make("default", None)
    mail = web.Application()
    mail.add_routes([web.get("/", elsewhere)])
    async with serving(public_app(lambda: snapshot, status=dict, token=TOKEN, links=links)) as board, serving(mail) as other:
        to = f"http://localhost:{board.server.port}/link/{word}"
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{other.server.port}/?to={to}")
        await page.click("a")
        await page.wait_for_selector(".tile")
        assert page.url == f"http://localhost:{board.server.port}/?board=default"
        assert await page.evaluate("document.cookie") == "", "no script sees it"
        (cookie,) = await page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        await page.goto(f"http://localhost:{board.server.port}/")
        await page.wait_for_selector(".tile")
        await page.context.close()


async def test_the_address_of_a_link_that_is_revoked_says_so_in_letters_for_a_wall(browser: Browser, tmp_path: Path) -> None:
    snapshot = morning().snapshot()
    links = Links(tmp_path / "links", wall_clock)
    link, word = links.make("default", None)
    links.revoke(link.id)
    async with serving(public_app(lambda: snapshot, status=dict, token=TOKEN, links=links)) as board:
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        answer = await page.goto(f"http://127.0.0.1:{board.server.port}/link/{word}")
        assert answer is not None
        assert answer.status == 404
        assert await page.inner_text("h1") == "This address is not good any more"
        assert "deskpulse board link NAME" in await page.inner_text("p >> nth=0")
        assert await page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)") >= 1080 / 20
        assert [text for text in said if "404" not in text] == [], "nothing of it is against the policy of its own answer"
        await page.context.close()

"""`make pictures`: the pictures of docs/wallboard.md, of what is played on the stage. Run it again after a change of the wallboard."""

from __future__ import annotations

import asyncio
from typing import Final

from playwright.async_api import Page, async_playwright

from tests.outputs.wallboard.screen import PHONE, screen
from tests.outputs.wallboard.script import BOARD, noon
from tests.outputs.wallboard.stage import Stage
from tests.tools import CHROMIUM, ROOT

SIZE: Final = (1280, 720)
LAID_OUT: Final = {**BOARD, "rotate_seconds": 3_600}


async def take(page: Page, name: str) -> None:
    await page.wait_for_function("() => document.querySelectorAll('.page:not([hidden]) .trend:not([hidden])').length >= 3")
    await page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
    await page.screenshot(path=ROOT / "docs" / f"{name}.png")
    print(f"docs/{name}.png")


async def pictures() -> None:
    async with async_playwright() as playwright, Stage(noon(), LAID_OUT) as stage:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM.path(), args=["--no-sandbox"])
        async with screen(browser, stage, SIZE) as page:
            await take(page, "wallboard")
            await page.click("[data-tile=service_level] .tile-open")
            await page.wait_for_selector(".told")
            await take(page, "wallboard-behind")
            await page.keyboard.press("Escape")
            await page.keyboard.press("ArrowRight")
            await take(page, "wallboard-tickets")
        async with screen(browser, stage, PHONE, "?theme=light") as page:
            await take(page, "wallboard-phone")
        async with screen(browser, stage, SIZE) as page:
            stage.beats, stage.age_s = False, 32.0
            await stage.tell("beat")
            await page.wait_for_selector("html[data-state=stale]")
            await take(page, "wallboard-stale")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(pictures())

"""A screen that shows the stage: real Chromium, whose console has to stay clean and whose requests have to stay at home."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page

from tests.outputs.wallboard.stage import Stage

WALLS: Final = ((1280, 720), (1920, 1080), (3840, 2160))
PHONE: Final = (390, 844)
AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WRONG_CLOCK: Final = """{
  const Right = Date, skewMs = %d;
  globalThis.Date = class extends Right {
    constructor(...parts) { parts.length ? super(...parts) : super(Right.now() + skewMs); }
    static now() { return Right.now() + skewMs; }
  };
}"""
HEARD: Final = """globalThis.heard = 0;
globalThis.EventSource = class extends EventSource {
  constructor(...parts) {
    super(...parts);
    const hear = ({ lastEventId }) => { globalThis.heard = Number(lastEventId); };
    for (const kind of ["snapshot", "rows", "beat"]) this.addEventListener(kind, hear);
  }
};"""
"""Notes the number of the last message, before the page takes it."""
FIRST: Final = "document.querySelector('.number').textContent !== ''"
CUT: Final = "Failed to load resource"
"""What Chromium itself says of a server that is not there."""


@asynccontextmanager
async def screen(
    browser: Browser,
    stage: Stage | str,
    size: tuple[int, int] = (1920, 1080),
    query: str = "",
    *,
    held: bool = False,
    cut: bool = False,
    skew_s: float = 0,
    messages: Mapping[str, str] | None = None,
    **context: Any,
) -> AsyncIterator[Page]:
    """The page, as soon as it has its first numbers. `stage` may be an address as well.

    held      its clocks stand still until `pass_time`, and the stage speaks when it is told to
    cut       the server may be away, and Chromium may say so
    skew_s    so far its clock is wrong
    messages  in place of some of the English words
    """
    address = stage if isinstance(stage, str) else stage.address
    said: list[str] = []
    hosts: set[str] = set()

    async def heard(number: int) -> None:
        for _ in range(500):
            if await page.evaluate("heard") >= number:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"message {number} was never heard")

    width, height = size
    page = await browser.new_page(viewport={"width": width, "height": height}, **context)
    try:
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        if messages is not None:
            await page.route("**/messages/en.json", lambda route: _reworded(route, messages))
        if isinstance(stage, Stage):
            await page.add_init_script(HEARD)
            stage.heard.append(heard)
            stage.beats = stage.beats and not held  # they come by a clock that goes on
        if held:
            await page.clock.install()
        if skew_s:
            await page.add_init_script(WRONG_CLOCK % (skew_s * 1000))
        await page.goto(address + query)
        await page.wait_for_selector(".tile")
        if held:
            await page.clock.pause_at(await page.evaluate("Date.now() / 1000 + 1"))
        if held:
            await shown(page, FIRST)
            await pass_time(page, 600)
        else:
            await page.wait_for_function(f"() => {FIRST}")
        yield page
    finally:
        await page.context.close()
        if isinstance(stage, Stage):
            stage.heard = [one for one in stage.heard if one is not heard]
    complaints = [line for line in said if not (cut and line.startswith(CUT))]
    assert not complaints, "the console has to be clean"
    assert hosts == {address.split("/")[2]}, "nothing comes from elsewhere"


async def _reworded(route: Any, messages: Mapping[str, str]) -> None:
    answer = await route.fetch()
    await route.fulfill(response=answer, json={**await answer.json(), **messages})


async def pass_time(page: Page, milliseconds: int) -> None:
    """On a screen whose clocks are held."""
    await page.clock.run_for(milliseconds)


async def shown(page: Page, what: str, tries: int = 200) -> None:
    """Waits until JavaScript's `what` is true, on a screen whose clocks are held: they go on by some milliseconds each time."""
    for _ in range(tries):
        if await page.evaluate(what):
            return
        await pass_time(page, 20)
    raise AssertionError(f"never shown: {what}\n{(await page.inner_text('body'))[:2000]}")


def number_is(tile: str, text: str) -> str:
    """For shown()."""
    return f"document.querySelector('[data-tile={tile}] .number').textContent === {text!r}"


async def badge(page: Page, tile: str) -> str:
    return await page.inner_text(f"[data-tile={tile}] .badge")


async def complaints_of_axe(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA; empty where it finds nothing."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("tags => axe.run(document, { runOnly: tags })", RULES)
    return [f"{one['id']}: {one['help']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


OVERFLOW: Final = """() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth} wide`);
  if (innerWidth >= 900 && root.scrollHeight > innerHeight) found.push(`the page is ${root.scrollHeight} high`);
  const boxes = [...document.querySelectorAll(".tile, .head")].filter((box) => box.checkVisibility());
  for (const box of boxes) {
    const frame = box.getBoundingClientRect();
    const parts = "h1, h2, p, dt, dd, li > span, .trend span, th, td, .number, .unit, .spark, strong, time, button";
    for (const part of box.querySelectorAll(parts)) {
      const { left, right, top, bottom, width } = part.getBoundingClientRect();
      if (width < 2 || !part.checkVisibility() || part.closest(".for-ears") || part.matches(".tile-open")) continue;
      const high = part.matches(".number, .unit, .figure") ? 0.2 * (bottom - top) : 1; // letters are lower than their line
      if (left < frame.left - 1 || right > frame.right + 1 || top < frame.top - high || bottom > frame.bottom + high)
        found.push(`${box.dataset.tile ?? "head"}: ${part.className || part.tagName} "${part.textContent.slice(0, 40)}" sticks out`);
    }
  }
  return found;
}"""
DIGITS: Final = """() => [...document.querySelectorAll(".page:not([hidden]) .figure:not([data-none]) .number")].map((one) => {
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(one);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  return [one.textContent, pen.measureText("0").actualBoundingBoxAscent / innerHeight];
})"""

"""That the wallboard can be believed: it says when it is behind, cut off or incomplete, catches up, and never grows."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import CDPSession, Page

from tests.outputs.wallboard.screen import badge, number_is, pass_time, screen, shown
from tests.outputs.wallboard.script import BOARD, noon, row, tile, waits
from tests.outputs.wallboard.stage import Stage, staged

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
STATE = "document.documentElement.dataset.state"
HOUR_S = 3600


async def head(page: Page) -> str:
    return " ".join((await page.inner_text(".trust")).replace("\u202f", " ").split())


def offered(count: int) -> dict[str, Any]:
    return row("calls_offered", "count", "today", count)


async def test_age_and_completeness_are_always_in_sight(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True) as page:
        said = await head(page)
        assert said.startswith("Live data ")
        assert said.endswith("100 % complete")
        stage.completeness = 0.75
        await stage.tell("beat")
        await shown(page, "document.querySelector('.whole').textContent === 'only 75\u202f% of the data'")


async def test_after_5_s_the_whole_board_says_in_words_that_it_is_stale(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True) as page:
        stage.age_s = 4.5
        await stage.tell("beat")
        await shown(page, "document.querySelector('.age').textContent.includes('5')")
        assert await page.evaluate(STATE) == "live"
        oldest = await page.inner_text("[data-tile=waiting] .facts")
        await pass_time(page, 1_200)
        assert await page.evaluate(STATE) == "stale", "its age goes on by itself"
        assert (await head(page)).startswith("STALE data 5 s old 100 % complete")
        assert {await badge(page, name) for name in BOARD["pages"][0]} == {"STALE"}
        stopped = await page.inner_text("[data-tile=waiting] .facts")
        await pass_time(page, 2_000)
        assert stopped == await page.inner_text("[data-tile=waiting] .facts"), f"after {oldest} nobody knows who still waits"
        stage.age_s = None
        await stage.tell("beat")
        await shown(page, "document.querySelector('.age').textContent.includes('unknown age')")
        assert await page.evaluate(STATE) == "stale"


async def test_while_the_server_reads_its_state_back_the_board_says_so(browser):
    async with staged([]) as stage:
        stage.is_restored, stage.age_s = False, None
        async with screen(browser, stage, held=True) as page:
            assert (await head(page)).startswith("READING BACK data of unknown age")
            assert await badge(page, "service_level") == "STALE"


async def test_a_server_that_goes_and_comes_back_is_caught_up_with(browser):
    async with staged([*noon(), offered(1000)]) as stage, screen(browser, stage, held=True, cut=True) as page:
        await page.keyboard.press("ArrowRight")
        await stage.fall()
        await pass_time(page, 6_000)
        assert await page.evaluate(STATE) == "disconnected"
        assert (await head(page)).startswith("NO CONNECTION data ")
        assert "old, figures of 14:05:1" in await head(page)
        await pass_time(page, 30_000)
        stage.rows = [*noon(), offered(2000)]
        stage.now_ms += 36_000
        await stage.rise()
        await shown(page, number_is("calls_offered", "2,000"), tries=600)
        assert await page.evaluate(STATE) == "live"


async def test_a_cable_that_is_cut_says_nothing_and_is_noticed_all_the_same(browser):
    async with staged([*noon(), offered(1000)]) as stage, screen(browser, stage, held=True) as page:
        await page.keyboard.press("ArrowRight")
        stage.beats = False
        stage.rows = [*noon(), offered(3000)]
        assert stage.opened == 1
        await pass_time(page, 5_500)
        assert await page.evaluate(STATE) == "disconnected"
        await pass_time(page, 24_500)
        await shown(page, number_is("calls_offered", "3,000"), tries=600)
        assert stage.opened >= 2, "after 8 s of silence it asks anew"


async def test_an_address_that_was_revoked_says_so(browser):
    async with staged(noon()) as stage, screen(browser, stage, cut=True) as page:
        stage.refused = 401
        await stage.fall()
        await stage.rise()
        await page.wait_for_selector(".refused")
        assert "no" in await page.inner_text(".refused")


@pytest.mark.parametrize("skew_s", [HOUR_S, -HOUR_S])
async def test_the_clock_of_the_screen_does_not_matter(browser, skew_s):
    async with staged(noon()) as stage, screen(browser, stage, skew_s=skew_s) as page:
        await page.wait_for_function("() => document.querySelector('.time').textContent.startsWith('14:05:1')")
        said = (await page.inner_text("[data-tile=waiting] .facts")).replace("\u202f", " ")
        assert "3:3" in said or "3:4" in said
        assert await page.evaluate(STATE) == "live"


async def test_a_board_that_was_laid_out_anew_takes_the_place_of_the_old_one(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True) as page:
        stage.board = {**BOARD, "layout": "two", "pages": [["csat"]]}
        await stage.tell("beat")
        await shown(page, "[...document.querySelectorAll('.tile')].map((one) => one.dataset.tile).join() === 'csat'")


async def test_a_new_layout_shows_the_figures_that_are_known_until_its_own_stream_speaks(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True) as page:
        figures = "[...document.querySelectorAll('.number, .queues tbody tr > :not(:last-child)')].map((one) => one.textContent)"
        known = await page.evaluate(figures)
        assert {"17", "Billing and payments"} <= set(known)
        stage.board, stage.speaks = {**BOARD, "layout": "two", "title": "Anew"}, False
        await stage.tell("beat")
        await shown(page, "document.querySelector('h1').textContent.startsWith('Anew')")
        assert await page.evaluate(figures) == known
        assert await page.evaluate(STATE) == "live"
        await pass_time(page, 6_000)
        assert await page.evaluate(STATE) == "disconnected", "silence goes on from the last word of the stream before"


HEAR = """() => {
  window.made = window.played = 0;
  window.AudioContext = class extends AudioContext {
    constructor() { super(); window.made += 1; }
    createOscillator() { window.played += 1; return super.createOscillator(); }
  };
}"""


async def test_a_new_layout_rings_for_nothing_that_was_critical_before_and_keeps_what_people_did(browser):
    async with staged(noon(), {**BOARD, "rotate_seconds": 600}) as stage, screen(browser, stage, held=True) as page:
        await page.evaluate(HEAR)
        await page.get_by_label("Turn the sound on").click()
        await page.get_by_label("Turn the sound off").wait_for()
        await page.get_by_label("Stop turning the pages").click()
        await page.keyboard.press("ArrowRight")
        await page.click("[data-tile=csat] .tile-open")
        await page.wait_for_selector(".told")
        await pass_time(page, 11_000)  # notes are never closer
        stage.board = {**stage.board, "layout": "two", "title": "Anew"}
        await stage.tell("beat")
        await shown(page, "document.querySelector('h1').textContent.startsWith('Anew')")
        await shown(page, number_is("blockage", "7.1"))
        await shown(page, "document.querySelector('dialog[open] .told') !== null")
        assert await page.inner_text("#dialog-title") == "Customer satisfaction"
        await page.keyboard.press("Escape")
        assert await page.locator("[data-tile=csat]").is_visible(), "the page is the one that was chosen"
        assert await page.get_by_label("Turn the pages").is_visible(), "they stand still as before"
        assert "Critical" not in await page.inner_text(".for-ears")
        assert await page.evaluate("[made, played]") == [1, 0]


async def test_a_server_that_reads_its_state_back_rings_for_nothing_and_changes_no_layout(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True) as page:
        await page.evaluate(HEAR)
        await page.get_by_label("Turn the sound on").click()
        await page.get_by_label("Turn the sound off").wait_for()
        stage.is_restored, stage.rows, stage.board = False, [], {**BOARD, "layout": None, "title": "Half"}
        await stage.tell()
        await shown(page, f"{STATE} === 'restoring'")
        await pass_time(page, 11_000)
        assert "Half" not in await page.inner_text("h1")
        stage.is_restored, stage.rows, stage.board = True, noon(), BOARD
        await stage.tell()
        await shown(page, number_is("blockage", "7.1"))
        await shown(page, f"{STATE} === 'live'")
        await pass_time(page, 600)
        assert await page.evaluate("[made, played]") == [1, 0]


async def test_after_20_layouts_nothing_is_left_of_the_first(browser):
    async with staged(noon()) as stage, screen(browser, stage, (1280, 720), held=True) as page:
        session = await page.context.new_cdp_session(page)
        sizes = []
        for number in range(21):
            stage.board = {**BOARD, "layout": f"no. {number}", "title": f"no. {number}"}
            await stage.tell("beat")
            await shown(page, f"document.querySelector('h1').textContent.startsWith('no. {number}')")
            await shown(page, number_is("blockage", "7.1"))
            if number in (0, 20):
                sizes.append(await used(session))
        assert sizes[1][1] - sizes[0][1] < 2500, "nodes; a board has some 900"
        assert sizes[1][2] - sizes[0][2] < 100, "listeners"


async def test_what_is_critical_comes_into_sight_and_stays_in_the_head(browser):
    board = {**BOARD, "rotate_seconds": 20}
    async with staged([one for one in noon() if one["kpi"] != "blockage"], board) as stage, screen(browser, stage, held=True) as page:
        stage.rows = waits(None, 0, None) + waits("service", 0, None) + waits("orders", 0, None)
        await stage.tell("rows")
        await shown(page, number_is("waiting", "0"))
        await page.keyboard.press("ArrowRight")
        assert not await page.locator("[data-tile=blockage]").is_visible()
        stage.rows = noon()
        await stage.tell("rows")
        await shown(page, number_is("blockage", "7.1"))
        await shown(page, "document.querySelector('[data-tile=blockage]').checkVisibility()", tries=300)
        await page.keyboard.press("ArrowRight")
        await pass_time(page, 600)
        assert "Blocked calls" in await page.inner_text(".chips")
        await page.click(".chip >> text=Blocked calls")
        assert await page.locator("[data-tile=blockage]").is_visible()


async def test_pages_turn_and_stand_still_when_told_to(browser):
    async with staged(noon(), {**BOARD, "rotate_seconds": 10}) as stage, screen(browser, stage, held=True) as page:
        current = "document.querySelector('.dot[aria-current]').textContent"
        assert await page.evaluate(current) == "1"
        await pass_time(page, 10_500)
        assert await page.evaluate(current) == "2"
        await page.get_by_label("Stop turning the pages").click()
        await pass_time(page, 40_000)
        assert await page.evaluate(current) == "2"


async def test_sound_is_off_until_somebody_wants_it(browser):
    async with staged(noon()) as stage, screen(browser, stage) as page:
        await page.evaluate(
            "() => { window.made = 0; window.AudioContext = class extends AudioContext { constructor() { super(); window.made += 1; } }; }"
        )
        await page.wait_for_timeout(600)
        assert await page.evaluate("window.made") == 0
        await page.get_by_label("Turn the sound on").click()
        await page.get_by_label("Turn the sound off").wait_for()
        assert await page.evaluate("window.made") == 1


async def test_a_tile_tells_what_is_behind_it(browser):
    async with staged(noon()) as stage:
        stage.cases = [
            {"case_id": "T-17", "queue": "billing", "clock": "first_response", "state": "breached", "due": "2026-03-06T11:00:00Z"},
            {"case_id": "T-4", "queue": "orders", "clock": "resolution", "state": "at_risk", "due": "2026-03-06T11:30:00Z"},
        ]
        async with screen(browser, stage) as page:
            await page.focus("[data-tile=service_level] .tile-open")
            await page.keyboard.press("Enter")
            await page.wait_for_selector(".told")
            said = (await page.inner_text(".dialog")).replace("\u202f", " ")
            for wanted in (
                "answered within the threshold",
                "service_in / (service_in + service_out)",
                "72 % to 77 %",
                "decided in time",
                "1,031",
            ):
                assert wanted in said
            assert (await page.inner_text(".dialog-body > :first-child")).replace("\u202f", " ") == "75 % · 95 % sure: 72 % to 77 %", (
                "first"
            )
            assert await page.locator(".chart canvas").count() == 1
            assert "lowest" in (await page.locator(".chart [role=img]").get_attribute("aria-label") or "")
            await page.keyboard.press("Escape")
            assert await page.evaluate("document.activeElement.textContent") == "Service level", "the focus comes back"
            await page.keyboard.press("ArrowRight")
            await page.click("[data-tile=sla_due] .tile-open")
            await page.wait_for_selector(".cases")
            lines = (await page.inner_text(".cases tbody")).split("\n")
            assert [line.split("\t") for line in lines] == [
                ["T-17", "Billing and payments", "first response", "breached", "Fri 13:00"],
                ["T-4", "Orders", "resolution", "at risk", "Fri 13:30"],
            ]
            await page.keyboard.press("Escape")
        stage.board = {**BOARD, "can_see_cases": False}
        async with screen(browser, stage) as page:
            await page.keyboard.press("ArrowRight")
            await page.click("[data-tile=sla_due] .tile-open")
            await page.wait_for_selector(".told")
            assert await page.locator(".cases").count() == 0


async def used(session: CDPSession) -> tuple[int, int, int]:
    """Bytes of the heap after a collection, nodes of documents, listeners."""
    await session.send("HeapProfiler.collectGarbage")
    heap = await session.send("Runtime.getHeapUsage")
    counted = await session.send("Memory.getDOMCounters")
    return int(heap["usedSize"]), int(counted["nodes"]), int(counted["jsEventListeners"])


async def an_hour(stage: Stage, page: Page, number: int) -> None:
    """A message for each second of it; queues come and go, and levels change. The timers of the screen go on by 6 s of each 30."""
    for at in range(number * HOUR_S, (number + 1) * HOUR_S, 30):
        queue = f"queue {at // 60}"
        pieces = []
        for second in range(at, at + 30):
            stage.now_ms += 1000
            rate = row("abandon_rate", "of_decided", "today", 0.03 + 0.09 * (second // 60 % 3 == 0), samples=second)
            rows = [offered(second), rate, *waits(queue, second % 7, float(second % 60))]
            pieces.append(stage.written("rows", {**stage.envelope(), "rows": rows, "gone": []}))
        if at % 60 == 30:
            gone = [{name: one[name] for name in ("kpi", "stat", "window", "labels")} for one in waits(queue, 0, None)]
            pieces.append(stage.written("rows", {**stage.envelope(), "rows": [], "gone": gone}))
        stage.rows = [*noon(), offered(at + 29)]
        await stage.send(b"".join(pieces))
        await page.clock.fast_forward(6_000)
    await shown(page, number_is("calls_offered", f"{(number + 1) * HOUR_S - 1:,}"))


@pytest.mark.slow
async def test_after_8_hours_it_is_as_large_as_after_1(browser):
    board = {
        **BOARD,
        "rotate_seconds": 20,
        "tiles": {**BOARD["tiles"], "calls_offered": tile("number", "calls_offered", "count", trend=None)},
    }
    async with staged(noon(), board) as stage, screen(browser, stage, (1280, 720), held=True) as page:
        stage.beats = False
        session = await page.context.new_cdp_session(page)
        sizes = []
        for number in range(8):
            await an_hour(stage, page, number)
            sizes.append(await used(session))
        print(sizes)
        after_1, after_8 = sizes[0], sizes[-1]
        assert after_8[0] - after_1[0] < 500_000, "bytes of the heap"
        assert after_8[1] - after_1[1] < 100, "nodes"
        assert after_8[2] - after_1[2] < 20, "listeners"

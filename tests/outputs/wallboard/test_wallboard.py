"""What the wallboard shows, on each size of screen, to every eye and ear, and whatever a queue is called."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from tests.outputs.wallboard.screen import DIGITS, OVERFLOW, PHONE, WALLS, badge, complaints_of_axe, number_is, pass_time, screen, shown
from tests.outputs.wallboard.script import BOARD, TILES, noon, row, tile, waits
from tests.outputs.wallboard.stage import staged

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
HOSTILE = "<img src=x onerror=alert(1)>"


async def text(page: Page, selector: str) -> str:
    return " ".join((await page.inner_text(selector)).replace("\u202f", " ").split())


def with_rows(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    """Of noon, some in place of those under the same labels."""
    keys = [[one[name] for name in ("kpi", "stat", "window", "labels")] for one in changed]
    return [one for one in noon() if [one[name] for name in ("kpi", "stat", "window", "labels")] not in keys] + list(changed)


async def test_each_tile_says_what_a_supervisor_asks(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True) as page:
        level = await text(page, "[data-tile=service_level]")
        for said in (
            "Service level",
            "today",
            "Warning",
            "75 %",
            "Target 80 %",
            "of 1,382",
            "Answers needed 372",
            "lowest 74 %",
            "highest 75 %",
        ):
            assert said in level
        assert "Yesterday ▲ 71 %" in level
        assert "Week ago, all day ▼ 84 %" in level
        waiting = await text(page, "[data-tile=waiting]")
        assert "Queue Waiting Oldest Critical Customer service 9 3:4" in waiting, "the worst queue comes first"
        assert waiting.index("Orders 6 1:1") < waiting.index("Shop chat 1 4") < waiting.index("Lost cards 0 –")
        assert "signed in 48 busy 31 wrap-up 6 break 5 training 2" in await text(page, "[data-tile=agents]")
        assert "Critical" in await text(page, "[data-tile=blockage]")
        assert "blocked 107 lines busy 98 queue full 9" in await text(page, "[data-tile=blockage]")
        assert await page.locator("[data-tile=service_level] .spark-line").get_attribute("d"), "the last hours are drawn"
        await page.keyboard.press("ArrowRight")
        due = await text(page, "[data-tile=sla_due]")
        assert "due in 0–5 min 4 4 breached 3 at risk 12 5–15 min 7 15–60 min 19" in due
        assert "412 412 backlog 96 oldest 7.1 d 0–1h 88 1–4h 131 4–24h 97 1–3d 62 3–7d 25 ≥ 7d 9" in await text(page, "[data-tile=aging]")


async def test_the_oldest_wait_goes_on_by_the_time_of_the_server_without_a_message(browser):
    async with staged(noon()) as stage:
        stage.beats = False
        async with screen(browser, stage) as page:
            before = await page.inner_text("[data-tile=waiting] .facts")
            await page.wait_for_function("before => document.querySelector('[data-tile=waiting] .facts').innerText !== before", arg=before)
            shown_s = [
                60 * int(one[7]) + int(one[9:11]) for one in (before.replace("\n", " "), await text(page, "[data-tile=waiting] .facts"))
            ]
            assert 218 <= shown_s[0] < shown_s[1]


async def test_a_number_that_is_missing_is_a_dash_and_never_0(browser):
    async with staged(with_rows(row("abandon_rate", "of_decided", "today", None, samples=0, reason="no_sample"))) as stage:
        async with screen(browser, stage, held=True) as page:
            said = await text(page, "[data-tile=abandon_rate] .tile-main")
            assert "– no sample" in said
            assert "0" not in said
            await page.keyboard.press("ArrowRight")
            assert "– no sample" in await text(page, "[data-tile=csat]")
        stage.rows = []
        async with screen(browser, stage, held=True) as page:
            assert set(await page.locator(".number").all_inner_texts()) == {"–"}, "nothing has come"
            assert await text(page, "[data-tile=agents] .why") == "no events yet", "of what nobody sends there is no sample to wait for"
            stage.is_restored = False
            await stage.tell()
            await shown(page, "document.documentElement.dataset.state === 'restoring'")
            await pass_time(page, 600)
            assert await page.locator(".why").count() == 0, "what has not been read yet may have come"


async def test_a_drawing_tells_its_ends_and_begins_at_0_but_for_a_share_that_stays_high(browser):
    ends = """async ([values, unit]) => (await import("/wallboard/sparkline.js")).scaleOf(values, unit)"""
    async with staged(noon()) as stage, screen(browser, stage) as page:
        for values, unit, low_and_high in (
            ([0.62, 0.88], "ratio", [0.6, 1]),
            ([1, 1], "ratio", [0.9, 1]),
            ([0.09, 0.7], "ratio", [0, 1]),
            ([0.02, 0.05], "ratio", [0, 0.05]),
            ([0, 0], "ratio", [0, 1]),
            ([41, 64], "seconds", [0, 64]),
            ([-20, 35], "score", [-20, 35]),
            ([-20, -5], "score", [-20, 0]),
        ):
            assert await page.evaluate(ends, [values, unit]) == low_and_high, values
        await page.wait_for_selector("[data-tile=service_level] .scale")
        assert await text(page, "[data-tile=service_level] .trend") == "100 % 50 % 8 h"
        await page.keyboard.press("ArrowRight")
        await page.wait_for_selector("[data-tile=csat] .scale")
        assert await text(page, "[data-tile=csat] .trend") == "100 % 60 % 30 d", "of seven days a quarter of an hour says nothing"


async def test_a_list_without_a_queue_has_no_heads_and_one_that_fills_says_what_it_has_no_room_for(browser):
    async with staged(waits(None, 0, None)) as stage, screen(browser, stage, held=True) as page:
        assert "Queue" not in await text(page, "[data-tile=waiting]")
        stage.rows = [*waits(None, 40, 60), *(one for number in range(40) for one in waits(f"q{number}", 1, 60))]
        await stage.tell()
        await shown(page, "/more/.test(document.querySelector('[data-tile=waiting] .more').textContent)")
        assert "Queue Waiting Oldest" in await text(page, "[data-tile=waiting]")


async def test_a_window_that_reaches_back_too_far_says_since_when_it_counts_and_a_small_sample_is_not_judged(browser):
    few = row("abandon_rate", "of_decided", "today", 0.5, samples=2, few=True)
    async with staged(with_rows(few)) as stage, screen(browser, stage, held=True) as page:
        assert await badge(page, "abandon_rate") == "Few samples"
        assert await page.locator("[data-tile=abandon_rate]").get_attribute("data-level") is None
        await page.keyboard.press("ArrowRight")
        assert "since Fri 05:12" in await text(page, "[data-tile=resolution]"), "in the zone of the site"


@pytest.mark.parametrize("size", WALLS)
async def test_numbers_can_be_read_from_the_other_end_of_the_room_and_nothing_sticks_out(browser, size):
    async with staged(noon()) as stage, screen(browser, stage, size, held=True) as page:
        for number in (1, 2):
            await page.wait_for_timeout(200)
            assert await page.evaluate(OVERFLOW) == [], f"page {number}"
            found = await page.evaluate(DIGITS)
            assert len(found) >= 5
            assert [one for one in found if one[1] < 1 / 12] == [], "digits as high as a twelfth of the screen"
            await page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("size", [(1080, 1920), (1024, 768), (900, 600)], ids=["upright", "tablet", "small"])
async def test_on_other_screens_nothing_sticks_out_either(browser, size):
    named = {**BOARD, "title": "A mail-order house that never existed"}
    async with staged(noon(), named) as stage, screen(browser, stage, size, held=True) as page:
        for _ in range(2):
            await page.wait_for_timeout(200)
            assert await page.evaluate(OVERFLOW) == []
            await page.keyboard.press("ArrowRight")


async def test_on_a_phone_all_tiles_stand_in_one_column(browser):
    async with staged(noon()) as stage, screen(browser, stage, PHONE) as page:
        assert await page.evaluate(OVERFLOW) == []
        assert len([one for one in await page.locator(".tile").all() if await one.is_visible()]) == len(TILES)
        assert (
            await page.evaluate("new Set([...document.querySelectorAll('.tile')].map((one) => one.getBoundingClientRect().left)).size") == 1
        )


@pytest.mark.parametrize("language", ["lv", "tr", "ne", "th", "fil"])
async def test_each_language_has_room(browser, language):
    async with staged(noon()) as stage, screen(browser, stage, (1280, 720), f"?lang={language}", held=True) as page:
        assert await page.locator("html").get_attribute("lang") == language
        await page.wait_for_timeout(200)
        assert await page.evaluate(OVERFLOW) == []
        await page.keyboard.press("ArrowRight")
        assert await page.evaluate(OVERFLOW) == []


async def test_from_right_to_left_it_is_a_mirror_image(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True, messages={"direction": "rtl"}) as page:
        assert await page.locator("html").get_attribute("dir") == "rtl"
        first, last = [await page.locator(f"[data-tile={name}]").bounding_box() for name in ("waiting", "speed_of_answer")]
        assert first is not None
        assert last is not None
        assert first["x"] > last["x"], "the first tile is on the right"
        assert await page.evaluate(OVERFLOW) == []
        await page.keyboard.press("ArrowLeft")
        assert await page.locator("[data-tile=aging]").is_visible(), "forward is to the left"
        assert await page.evaluate(OVERFLOW) == []


async def test_axe_has_nothing_to_complain_about(browser):
    async with staged(noon()) as stage:
        async with screen(browser, stage, query="?theme=dark") as page:
            assert await complaints_of_axe(page) == []
            await page.keyboard.press("ArrowRight")
            assert await complaints_of_axe(page) == [], "on the second page"
        async with screen(browser, stage, PHONE, "?theme=light") as page:
            assert await complaints_of_axe(page) == [], "on a phone"
        stage.beats, stage.age_s = False, 40.0
        async with screen(browser, stage, query="?theme=light") as page:
            await page.wait_for_selector("html[data-state=stale]")
            assert await complaints_of_axe(page) == [], "while it is stale"
            await page.click("[data-tile=service_level] .tile-open")
            await page.wait_for_selector(".told")
            assert await complaints_of_axe(page) == [], "with the dialog open"


async def test_a_level_is_a_word_and_a_shape_as_well_as_a_colour(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True) as page:
        shapes = {}
        for name, word in (("abandon_rate", "OK"), ("service_level", "Warning"), ("blockage", "Critical")):
            assert await badge(page, name) == word
            shapes[word] = await page.locator(f"[data-tile={name}] .badge .symbol-sign").get_attribute("d")
        assert len(set(shapes.values())) == 3
        await page.emulate_media(forced_colors="active")
        widths = [
            await page.evaluate("name => getComputedStyle(document.querySelector(`[data-tile=${name}]`), '::before').borderTopWidth", name)
            for name in ("abandon_rate", "blockage")
        ]
        assert widths == ["2px", "6px"], "where the system gives the colours, the edge still tells"


async def test_nothing_moves_where_motion_is_not_wanted(browser):
    moving = "document.getAnimations().length"
    async with staged(noon()) as stage:
        async with screen(browser, stage, reduced_motion="reduce") as page:
            assert await page.evaluate(moving) == 0
        async with screen(browser, stage) as page:
            assert await page.evaluate(moving) > 0, "else the edge of what is critical pulses, once"


async def test_a_number_that_flickers_around_its_mark_does_not_flicker_on_the_wall(browser):
    async with staged(noon()) as stage, screen(browser, stage, held=True) as page:

        async def becomes(value: float, words: str) -> None:
            stage.rows = [row("abandon_rate", "of_decided", "today", value, samples=1320)]
            await stage.tell("rows")
            await shown(page, number_is("abandon_rate", words))

        await becomes(0.061, "6.1")
        assert await badge(page, "abandon_rate") == "OK", "not at once"
        await pass_time(page, 1_500)
        await becomes(0.042, "4.2")
        await becomes(0.062, "6.2")
        await pass_time(page, 2_000)
        await stage.tell("beat")
        assert await badge(page, "abandon_rate") == "OK", "it was good in between"
        await pass_time(page, 1_500)
        assert await badge(page, "abandon_rate") == "Warning", "3 s on"
        await becomes(0.04, "4")
        for _ in range(4):
            await stage.tell("beat")
            await pass_time(page, 3_000)
        assert await badge(page, "abandon_rate") == "Warning", "good again for 12 s"
        await stage.tell("beat")
        await pass_time(page, 4_000)
        assert await badge(page, "abandon_rate") == "OK", "and for 15 s"


async def test_a_hostile_name_of_a_queue_is_text(browser):
    rows = [*noon(), *waits(HOSTILE, 4, 300)]
    board = {**BOARD, "queues": [*BOARD["queues"], {**BOARD["queues"][0], "name": HOSTILE, "title": HOSTILE}]}
    board["tiles"] = {**TILES, "calls_offered": tile("number", "calls_offered", "count", labels={"queue": HOSTILE}, title=HOSTILE)}
    async with staged(rows, board) as stage:
        stage.cases = [{"case_id": HOSTILE, "queue": HOSTILE, "clock": "resolution", "state": "breached", "due": "2026-03-06T11:00:00Z"}]
        async with screen(browser, stage) as page:
            assert HOSTILE in await page.inner_text("[data-tile=waiting]")
            await page.keyboard.press("ArrowRight")
            await page.click("[data-tile=calls_offered] .tile-open")
            await page.keyboard.press("Escape")
            await page.click("[data-tile=sla_due] .tile-open")
            await page.wait_for_selector(".cases")
            assert HOSTILE in await page.inner_text(".cases")
            assert await page.locator("img").count() == 0

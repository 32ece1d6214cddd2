"""The wallboard over the real program: the numbers of the API, also after it was killed, and the table where scripts are off."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.outputs.wallboard.screen import complaints_of_axe, screen
from tests.outputs.wallboard.test_wallboard import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
LIVE = "document.documentElement.dataset.state === 'live'"
AWAY = "document.documentElement.dataset.state === 'disconnected'"
WAITING = "document.querySelector('[data-tile=waiting] .number').textContent === '2'"
TILES = {"waiting": "now", "calls_offered": "today", "service_level": "today", "speed_of_answer": "today"}


def written(path: Path) -> Path:
    """Three callers of the last minutes, of whom two still wait."""
    now = datetime.now(UTC)

    def event(number: int, kind: str, before_s: int, **more: str) -> str:
        at = (now - timedelta(seconds=before_s)).isoformat().replace("+00:00", "Z")
        return json.dumps({"type": f"call.{kind}", "id": f"{number}-{kind}", "time": at, "call_id": f"c{number}", **more})

    path.write_text(
        "\n".join(
            [
                event(1, "queued", 100, queue="billing"),
                event(1, "answered", 90, agent_id="ann"),
                event(2, "queued", 65, queue="billing"),
                event(3, "queued", 40, queue=HOSTILE),
            ]
        )
        + "\n"
    )
    return path


async def test_killed_and_started_again_it_is_caught_up_with_and_shows_what_the_api_says(browser, tmp_path):
    with Desk(tmp_path / "desk", f"embedded://{tmp_path / 'log'}", 'zone = "UTC"\n[limits]\npartitions = 2') as desk:
        desk.call("replay", "--shift", "keep", written(tmp_path / "calls.jsonl"))
        running = desk.instance("run", "r")
        running.start()
        async with screen(browser, f"http://{running.http}/", cut=True) as page:
            for life in ("first", "second"):
                await page.wait_for_function(f"() => {LIVE} && {WAITING}", timeout=60_000)
                assert HOSTILE in await page.inner_text("[data-tile=waiting]"), life
                document = running.document(kpi=list(TILES), cut="site")
                found = {row["kpi"]: row for row in document["rows"] if row["window"] == TILES[row["kpi"]] and not row["labels"]}
                assert await page.inner_text("[data-tile=calls_offered] .number") == "3" == str(found["calls_offered"]["value"])
                shown = (await page.inner_text("[data-tile=service_level] .figure")).replace("\n", "")
                assert shown == "33%", found["service_level"]
                assert await complaints_of_axe(page) == []
                if life == "first":
                    without_scripts = await browser.new_page(java_script_enabled=False)
                    await without_scripts.goto(page.url)
                    await without_scripts.wait_for_url("**/table")
                    assert HOSTILE in await without_scripts.inner_text("main")
                    await without_scripts.context.close()
                    running.program.kill()
                    await page.wait_for_function(f"() => {AWAY}", timeout=60_000)
                    assert (await page.inner_text(".state")).lower() == "no connection"
                    running.start()

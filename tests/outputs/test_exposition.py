"""A scrape over HTTP: formats, many scrapers at once, the lead, health."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from streams.core.snapshot import Snapshot
from streams.outputs.admin import admin_app
from streams.outputs.exposition import Exposition
from streams.outputs.health import Health
from streams.outputs.process_families import BuildCollector
from streams.outputs.prometheus import BoardCollector, Export
from tests.outputs.centre import morning
from tests.outputs.serving import serving

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
READY = Health(started=True, waits_for=[])


def exposition(board: Callable[[], Snapshot], exports: Callable[[], bool] = lambda: True) -> Exposition:
    return Exposition(board, BoardCollector(board, Export()), [BuildCollector("0.1.0", "3.11", "plain")], exports)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return morning().snapshot()


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, TEXT),
        ("*/*", TEXT),
        ("text/plain;version=0.0.4", TEXT),
        ("text/html,application/xhtml+xml", TEXT),
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
        ("application/openmetrics-text;version=2.0.0", OPENMETRICS),
        ("nonsense;;;,,version=", TEXT),
    ],
)
async def test_the_format_is_the_one_asked_for(snapshot, accept, content_type):
    app = admin_app(exposition(lambda: snapshot), health=lambda: READY, status=dict)
    async with serving(app) as client:
        answer = await client.get("/metrics", headers={} if accept is None else {"Accept": accept})
        text = await answer.text()
    assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
    parsed = list((parse_openmetrics if content_type == OPENMETRICS else parse_text)(text))
    assert {"deskpulse_waiting_calls", "deskpulse_build_info"} <= {family.name for family in parsed}


async def test_many_scrapers_at_once_get_whole_pages_and_cost_one(snapshot: Snapshot):
    asked = 0

    def board() -> Snapshot:
        nonlocal asked
        asked += 1
        return snapshot

    async with serving(admin_app(exposition(board), health=lambda: READY, status=dict)) as client:
        answers = await asyncio.gather(*(client.get("/metrics", headers={"Accept": PROMETHEUS_2 if n % 2 else "*/*"}) for n in range(20)))
        pages = {await answer.text() for answer in answers}
    assert len(pages) <= 2 * 2, "one of each format, and one more of each that tells how long the first took"
    assert asked <= 4


async def test_a_page_is_made_beside_the_loop(snapshot):
    where: list[str] = []

    class Watched(BoardCollector):
        def families(self, snapshot: Snapshot) -> Iterator[Metric]:
            where.append(threading.current_thread().name)
            yield from super().families(snapshot)

    pages = Exposition(lambda: snapshot, Watched(lambda: snapshot, Export()))
    await pages.page("")
    pages.close()
    assert where
    assert all(name.startswith("metrics") for name in where)


async def test_who_loses_the_lead_while_the_page_is_made_sends_no_figures(snapshot):
    """The process may have stood still in between, and another board leads since."""
    app = admin_app(exposition(lambda: snapshot, exports=lambda: False), health=lambda: READY, status=dict)
    async with serving(app) as client:
        found = {family.name: family for family in parse_text(await (await client.get("/metrics")).text())}
    assert "deskpulse_waiting_calls" not in found
    assert [sample.value for sample in found["deskpulse_board_leader"].samples] == [0]
    assert "deskpulse_build_info" in found


async def test_a_worker_without_a_board_tells_of_itself_alone():
    pages = Exposition(None, None, [BuildCollector("0.1.0", "3.11", "plain")])
    page, _ = await pages.page("")
    pages.close()
    assert [family.name for family in parse_text(page.decode())] == ["deskpulse_build_info"]


async def test_health_says_what_it_waits_for():
    health = Health(started=False, waits_for=["restore of partition 3"])
    async with serving(admin_app(Exposition(None, None), health=lambda: health, status=lambda: {"role": "worker"})) as client:
        assert (await client.get("/-/live")).status == 200
        for path in ("/-/ready", "/-/startup"):
            answer = await client.get(path)
            assert (answer.status, (await answer.json())["waits_for"]) == (503, ["restore of partition 3"])
        health = Health(started=True, waits_for=["lag of 40 s"])
        assert [(await client.get(path)).status for path in ("/-/live", "/-/startup", "/-/ready")] == [200, 200, 503]
        health = READY
        assert (await client.get("/-/ready")).status == 200
        assert await (await client.get("/status")).json() == {"role": "worker"}


async def test_large_pages_are_compressed_where_the_scraper_takes_it(snapshot):
    async with serving(admin_app(exposition(lambda: snapshot), health=lambda: READY, status=dict)) as client:
        answer = await client.get("/metrics", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "deskpulse_waiting_calls" in await answer.text()

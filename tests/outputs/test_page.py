"""The page for people: what it shows, what it never shows, and that it says when it is stale."""

from __future__ import annotations

import re
import weakref
from collections.abc import Mapping
from html.parser import HTMLParser
from types import MappingProxyType
from zoneinfo import ZoneInfo

import msgspec
import pytest
from playwright.async_api import async_playwright

from streams.core.board import BoardSettings
from streams.core.kpis.targets import Marks, Target
from streams.core.snapshot import Snapshot
from streams.outputs.api import public_app
from streams.outputs.boards import Site
from streams.outputs.figures import NARROW_SPACE, figure
from streams.outputs.page import files, render
from tests.outputs.centre import LIVE, Centre, morning
from tests.outputs.scrape import HOSTILE
from tests.outputs.serving import api, serving

RIGA = ZoneInfo("Europe/Riga")


class Read(HTMLParser):
    """Tags, and the text of each row."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.rows: list[list[str]] = []
        self._open = False
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in ("th", "td")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1] += data


def page(snapshot: Snapshot, title: str = "Riga", queue_titles: Mapping[str, str] = MappingProxyType({})) -> bytes:
    return render(snapshot, title, RIGA, queue_titles)


def test_each_queue_has_its_line():
    rows = {row[0]: row[1:] for row in Read(page(morning().snapshot())).rows if row}
    space = NARROW_SPACE
    assert rows["billing"] == [
        "2", f"45{space}s", "–", "0", "0", "6", "2", "1", f"25{space}%", f"33{space}%", f"26{space}s", f"41{space}s", f"2:00{space}min",
    ]  # fmt: skip
    assert rows["idle"] == ["0", "–", "–", "0", "0", "0", "0", "0", "–", "–", "–", "–", "–"], "no sample is a dash, never 0"
    assert rows["mail"][:4] == ["0", "–", "0", "0"]


def test_a_site_without_a_name_has_a_title_all_the_same():
    written = page(morning().snapshot(), title="").decode()
    assert "<title>deskpulse</title>" in written
    assert "<h1>deskpulse</h1>" in written


def test_a_queue_is_called_as_people_call_it_and_its_name_is_where_the_pointer_rests():
    written = page(morning().snapshot(), queue_titles={"billing": "Bills & <money>", "idle": "idle"}).decode()
    assert '<th scope="row" title="billing">Bills &amp; &lt;money&gt;</th>' in written
    assert '<th scope="row">idle</th>' in written, "what has no other title is said once"
    assert '<th scope="row">mail</th>' in written


def test_a_figure_of_few_is_grey_and_one_past_its_target_is_coloured():
    wait = Target(kpi="speed_of_answer", stat="mean", better="low", marks=Marks(20, None), queues={"billing": Marks(10, 20)})
    settings = BoardSettings(queues={"billing": ["phone"]}, kpi_targets=(wait,), min_samples=5)
    written = page(morning(Centre(settings)).snapshot()).decode().replace(NARROW_SPACE, " ")
    assert re.search(r'<td class=few title="[^"]*">25 %</td>', written), "one of four answered in time"
    assert re.search(r'<td class=crit title="of 2,[^"]*">26 s</td>', written), "of billing"
    assert re.search(r'<td title="of 3,[^"]*">19 s</td>', written), "of all, for whom 20 s are promised"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "ratio", "–"),
        (0, "count", "0"),
        (12_345, "count", "12 345"),
        (-3, "count", "-3"),
        (0.8, "ratio", "80 %"),
        (0.046, "ratio", "4.6 %"),
        (0.0, "ratio", "0 %"),
        (0.4, "seconds", "0 s"),
        (59.4, "seconds", "59 s"),
        (59.6, "seconds", "1:00 min"),
        (3_599.6, "seconds", "1:00 h"),
        (7_260, "seconds", "2:01 h"),
        (200_000, "seconds", "2.3 d"),
        (1.44, "days", "1.4 d"),
    ],
)
def test_numbers_read_like_numbers(value, unit, text):
    assert figure(value, unit).replace(NARROW_SPACE, " ") == text


def test_hostile_names_are_text():
    centre = Centre()
    for number, queue in enumerate(HOSTILE):
        centre.visit(f"c{number}", queue, "09:00:00", "09:00:05")
    written = page(centre.snapshot(), title="</title><script>alert(1)</script>")
    read = Read(written)
    assert "img" not in read.tags
    assert read.tags.count("script") == 1, "our own"
    assert {row[0] for row in read.rows if row} >= {queue for queue in HOSTILE if "\0" not in queue}
    assert not re.search(rb"<[^>]+ on\w+=|style=|javascript:", written)


def test_nothing_is_fetched_from_elsewhere():
    for name, (body, _) in {"page": (page(morning().snapshot()), ""), **files()}.items():
        addresses = set(re.findall(rb"https?://[^\"'\s<]+", body))
        assert addresses <= {b"http://www.w3.org/2000/svg"}, name


def test_age_and_completeness_are_always_there():
    written = page(morning().snapshot(msgspec.structs.replace(LIVE, live=1, data_age_ms=1_200))).decode()
    assert "data age <b>1.2 s</b>" in written
    assert "incomplete: 1 of 2 partitions" in written
    assert "2026-03-02 12:00:00</time> Europe/Riga" in written
    assert 'class="fresh"' in written


@pytest.mark.parametrize("what", [{"data_age_ms": 5_100}, {"data_age_ms": None}, {"restored": False}])
def test_old_data_looks_old(what):
    assert 'class="stale"' in page(morning().snapshot(msgspec.structs.replace(LIVE, **what))).decode()


def test_while_the_state_is_read_back_no_figure_is_shown():
    written = page(morning().snapshot(msgspec.structs.replace(LIVE, restored=False)))
    assert "table" not in Read(written).tags
    assert b"being read back" in written


def test_before_the_first_event_it_says_so():
    assert b"No event has come yet" in page(Centre(BoardSettings()).snapshot())


async def test_who_asks_for_the_same_moment_gets_the_same_page():
    snapshot = morning().snapshot()
    async with api(snapshot) as client:
        one, other = [await client.get("/table") for _ in range(2)]
        assert (one.status, one.content_type) == (200, "text/html")
        assert await one.text() == await other.text()


async def test_the_moment_of_a_page_goes_when_the_board_has_gone_on():
    """What was decoded for it is most of a busy board, and the next who looks may come tomorrow."""
    moments = [morning().snapshot()]
    async with serving(public_app(lambda: moments[-1], status=dict, site=Site(title="Riga"))) as client:
        shown = weakref.ref(moments[0])
        assert (await client.get("/table")).status == 200
        moments[:] = [morning().snapshot()]
        assert (await client.get("/api/v1/rows?kpi=waiting")).status == 200
        assert shown() is None


async def test_in_a_browser_it_renews_itself_and_turns_stale_when_nobody_answers(chromium):
    centre = Centre()
    for number, queue in enumerate(HOSTILE):
        centre.visit(f"c{number}", queue, "09:00:00", "09:00:05")
    snapshot = morning(centre).snapshot()
    async with async_playwright() as playwright, api(snapshot) as client:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        view = await browser.new_page()
        await view.clock.install()
        said: list[str] = []
        hosts: set[str] = set()
        view.on("console", lambda message: said.append(message.text))
        view.on("pageerror", lambda error: said.append(str(error)))
        view.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        view.on("request", lambda request: hosts.add(request.url.split("/")[2]))
        address = str(client.make_url("/table"))
        await view.goto(address)
        async with view.expect_response(address):
            await view.clock.run_for(1_100)
        assert await view.locator("html").get_attribute("class") == "fresh"
        assert (said, hosts) == ([], {f"127.0.0.1:{client.port}"})
        await view.evaluate("document.getElementById('all').open = true")
        async with view.expect_response(address):
            await view.clock.run_for(1_100)
        assert await view.locator("#all table").is_visible(), "what was opened stays open"
        await view.route("**/*", lambda route: route.abort())
        await view.clock.run_for(7_000)
        assert await view.locator("html").get_attribute("class") == "stale"
        assert await view.locator("#stale").is_visible()
        await browser.close()

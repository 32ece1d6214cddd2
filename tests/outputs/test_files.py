"""The files of the wallboard as they are served: all of them, of their types, from nowhere else, and each only once."""

from __future__ import annotations

import json
import re

import pytest

from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.kpi import WINDOWS
from tests.outputs.centre import morning
from tests.outputs.serving import api
from tests.tools import ROOT

FOLDER = ROOT / "streams" / "outputs" / "wallboard"
OURS = sorted(path for path in FOLDER.rglob("*") if path.is_file() and "vendor" not in path.parts)
MESSAGES = sorted((FOLDER / "messages").glob("*.json"))
PLACES = re.compile(r"\{(\w+)\}")


def words(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / "messages" / f"{language}.json").read_text())
    return found


async def test_every_file_is_served_under_its_type_and_the_page_is_at_the_root():
    types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".svg": "image/svg+xml"}
    async with api(morning().snapshot()) as client:
        for path in OURS:
            answer = await client.get(f"/wallboard/{path.relative_to(FOLDER)}")
            assert (answer.status, answer.content_type) == (200, types[path.suffix]), path
            assert await answer.read() == path.read_bytes()
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        root = await client.get("/")
        assert await root.read() == (FOLDER / "index.html").read_bytes()
        licence = await client.get("/wallboard/vendor/uplot/LICENSE")
        assert "MIT" in await licence.text()


async def test_who_has_a_file_is_told_that_it_is_still_the_same():
    async with api(morning().snapshot()) as client:
        first = await client.get("/wallboard/main.js")
        assert first.headers["Cache-Control"] == "no-cache"
        again = await client.get("/wallboard/main.js", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, await again.read()) == (304, b"")
        other = await client.get("/wallboard/main.js", headers={"If-None-Match": '"another"'})
        assert other.status == 200


@pytest.mark.parametrize(
    "path", ["/wallboard/", "/wallboard/nowhere.js", "/wallboard/../api.py", "/wallboard/%2e%2e/api.py", "/wallboard/..%2fapi.py"]
)
async def test_nothing_else_is_served(path):
    async with api(morning().snapshot()) as client:
        answer = await client.get(path)
        assert answer.status == 404


def test_nothing_comes_from_elsewhere_and_nothing_is_written_as_markup():
    for path in OURS:
        text = path.read_text()
        addresses = set(re.findall(r"https?://[^\"'\s<]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, path
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\(\"style\"", text
        ), path
        assert not re.search(r"<[^>]+ (on\w+|style)=", text), path


def test_rules_of_style_know_no_left_and_no_right():
    sides = "left|right|top|bottom"
    physical = re.compile(
        rf"[\s{{;](?:(margin|padding|border|inset)-({sides})|({sides}|float|(min-|max-)?(width|height))\s*:|text-align: (left|right))"
    )
    for path in FOLDER.glob("*.css"):
        found = [line.strip() for line in path.read_text().splitlines() if physical.search(line) and not line.startswith("@media")]
        assert not found, f"{path.name}: use logical properties, they turn round with the language"


def test_a_phone_without_scripts_is_led_to_the_table():
    assert '<noscript><meta http-equiv="refresh" content="0; url=/table"></noscript>' in (FOLDER / "index.html").read_text()


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_a_language_has_every_word_and_every_place_in_it(path):
    english, own = words("en"), words(path.stem)
    assert sorted(own) == sorted(english)
    for key, said in own.items():
        assert said.strip(), key
        assert sorted(PLACES.findall(said)) == sorted(PLACES.findall(english[key])), key
    same = [key for key, said in own.items() if said == english[key]]
    assert path.stem == "en" or len(same) < len(english) / 4, f"not translated: {same}"


def test_whatever_the_catalogue_has_can_be_called_by_name():
    english = words("en")
    keys = {f"kpi.{kpi.name}" for kpi in CATALOGUE} | {f"window.{window}" for window in WINDOWS}
    keys |= {f"stat.{kpi.stat}" for kpi in CATALOGUE} - {"stat.count", "stat.rate", "stat.event", "stat.ratio"}
    keys |= {f"{label}.{value}" for kpi in CATALOGUE for label, value in kpi.labels.items() if label not in ("age_band", "band", "score")}
    assert sorted(keys - set(english)) == []

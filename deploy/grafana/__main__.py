"""Writes all dashboards: `python -m deploy.grafana`, which `make gen` runs."""

from __future__ import annotations

from pathlib import Path

from deploy.grafana.dashboard import dashboard_text
from deploy.grafana.pages import PAGES

FOLDER = Path(__file__).parent / "dashboards"


def main() -> None:
    for page in PAGES:
        _write(FOLDER / f"{page.name}.json", dashboard_text(page))


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


main()

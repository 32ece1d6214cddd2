"""Writes all dashboards, and the table of their panels: `python -m deploy.grafana`, which `make gen` runs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from deploy.grafana.dashboard import dashboard_text
from deploy.grafana.overview import table_of
from deploy.grafana.pages import PAGES

FOLDER: Final = Path(__file__).parent / "dashboards"
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "grafana.md"
MARK: Final = "<!-- From here on `make gen` writes what the dashboards say of themselves. -->\n"


def written() -> dict[str, str]:
    """Name of a file in the folder -> what has to stand in it."""
    return {f"{page.name}.json": dashboard_text(page) for page in PAGES}


def document_of() -> tuple[Path, str]:
    """The page of the documentation, and what has to stand in it: below the mark the table, above it what is there."""
    return DOCUMENT, f"{DOCUMENT.read_text(encoding='utf-8').partition(MARK)[0]}{MARK}\n{table_of(PAGES)}"


def main() -> None:
    wanted = written()
    for path in FOLDER.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
            print(f"removed {path.name}")
    for name, text in wanted.items():
        _write(FOLDER / name, text)
    _write(*document_of())


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.name}")


if __name__ == "__main__":
    main()

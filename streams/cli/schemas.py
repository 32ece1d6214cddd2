"""Print the JSON Schema of each event topic and the AsyncAPI document of all, or write them to files.

Without a name: all of them, one JSON object by file name.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from schemas.asyncapi import documents
from streams.cli.as_json import print_json
from streams.errors import UsageError

KEPT_IN = Path("schemas/generated")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="DOCUMENT", help=f"one of {', '.join(map(_short, documents()))}")
    parser.add_argument(
        "--write", nargs="?", type=Path, const=KEPT_IN, metavar="DIR", help=f"write files to this folder ({KEPT_IN} without a name)"
    )


def run(args: argparse.Namespace) -> int:
    found = {file: text for file, text in documents().items() if args.name in (None, file, _short(file))}
    if not found:
        raise UsageError(f'there is no document "{args.name}": known are {", ".join(map(_short, documents()))}')
    if args.write is not None:
        _write(found, args.write)
    elif args.name is not None:
        print(*found.values(), sep="", end="")
    else:
        print_json({file: msgspec.Raw(text.encode()) for file, text in found.items()})
    return 0


def _write(found: dict[str, str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in found.items():
        path = folder / file
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path}")


def _short(file: str) -> str:
    """calls.schema.json -> calls."""
    return file.partition(".")[0]

"""`--json`: one object on stdout, indented, in the order of its fields."""

from __future__ import annotations

import msgspec


def print_json(answer: object) -> None:
    print(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())

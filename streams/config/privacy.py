"""The table [privacy]: what is kept and shown of people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from streams.config import parts
from streams.config.secret import secret
from streams.config.table import Table
from streams.config.values import flag, list_of, one_of, whole
from streams.core.pseudonyms import NAMES

KEY_LENGTH_MIN: Final = 16
KEY_VARIABLE: Final = "DESKPULSE_PSEUDONYM_KEY"


def privacy(table: Table, base: Path, environ: Mapping[str, str]) -> parts.Privacy:
    default = parts.Privacy()
    part = parts.Privacy(
        case_ids=table.get("case_ids", flag, default.case_ids),
        per_agent=table.get("per_agent", flag, default.per_agent),
        min_group=table.get("min_group", whole(1, 1_000), default.min_group),
        pseudonymise=table.get("pseudonymise", list_of(one_of(*NAMES)), default.pseudonymise),
        key=secret(table, "key", base, environ, KEY_VARIABLE),
    )
    if part.pseudonymise and part.key is None and not {"key", "key_file"} & set(table.entries):
        table.complain("key_file", f"pseudonymise needs it, or {KEY_VARIABLE}: a file of one line, such as `openssl rand -hex 32` makes")
    elif part.pseudonymise and part.key is not None and len(part.key.reveal()) < KEY_LENGTH_MIN:
        table.complaints.add(f"{table.name('key_file')}: a key of at least {KEY_LENGTH_MIN} characters is needed, or ids can be guessed")
    elif "key_file" in table.entries and not part.pseudonymise:
        table.complaints.add(f"{table.name('key_file')} has no use without pseudonymise: name the ids to replace, or take it out")
    table.finish()
    return part

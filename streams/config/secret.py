"""Secrets, from files or from the environment, and never from the configuration itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from streams.config import parts
from streams.config.table import Table
from streams.config.values import Parser, Wrong, WrongSecret, existing_file


def secret(table: Table, what: str, base: Path, environ: Mapping[str, str], variable: str) -> parts.Secret | None:
    """From the file that `what`_file names, or from the environment; the file wins. Never from the configuration itself."""
    if what in table.entries:

        def refuse(_: object) -> None:
            raise WrongSecret(f'a secret does not belong here: write {what}_file = "PATH", or set {variable}')

        table.get(what, refuse, None)
    from_file = table.get(f"{what}_file", _secret_in(base), None)
    if from_file is None and environ.get(variable):
        return parts.Secret(environ[variable])
    return from_file


def _secret_in(base: Path) -> Parser[parts.Secret]:
    def parse(value: object) -> parts.Secret:
        path = existing_file(base)(value)
        try:
            content = path.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise Wrong("the file is not UTF-8 text") from None
        except OSError as error:
            raise Wrong(f"cannot read it ({error.strerror}): let this user read the file") from None
        if not content or len(content.splitlines()) > 1:
            raise Wrong("expected a file of one line, the secret")
        return parts.Secret(content)

    return parse

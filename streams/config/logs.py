"""Where the log is: `log` of the file, or DESKPULSE_LOG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from streams.config import parts
from streams.config.table import Complaints
from streams.config.values import Wrong, WrongSecret, address, path_in


def log(value: object, *, base: Path, state: Path) -> parts.EmbeddedLog | parts.KafkaLog:
    """`embedded://`, `embedded://PATH` or `kafka://HOST:PORT[,HOST:PORT]`."""
    kind, separator, rest = value.partition("://") if isinstance(value, str) else ("", "", "")
    if separator and kind == "embedded":
        return parts.EmbeddedLog(directory=path_in(base)(rest) if rest else state)
    if not separator or kind != "kafka":
        raise Wrong('expected "embedded:///PATH" or "kafka://HOST:PORT"')
    brokers = []
    for broker in rest.rstrip("/").replace(";", ",").replace("kafka://", "").split(","):
        if "@" in broker:
            raise WrongSecret("user and password belong in [kafka]: username and password_file")
        try:
            address(broker if ":" in broker else f"{broker}:9092")
        except Wrong:
            raise Wrong('expected "kafka://HOST:PORT", more brokers after commas') from None
        brokers.append(broker if ":" in broker else f"{broker}:9092")
    return parts.KafkaLog(brokers=tuple(brokers))


def log_from_environment(environ: Mapping[str, str], complaints: Complaints, state: Path) -> parts.EmbeddedLog | parts.KafkaLog | None:
    """DESKPULSE_LOG, relative to the folder we are in; None where it is not set."""
    written = environ.get("DESKPULSE_LOG")
    if not written:
        return None
    try:
        return log(written, base=Path.cwd(), state=state)
    except Wrong as wrong:
        shown = "" if isinstance(wrong, WrongSecret) else f' is "{written}"'
        complaints.add(f"DESKPULSE_LOG{shown}: {wrong}", file="environment")
        return None

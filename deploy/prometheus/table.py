"""The table of alerts in docs/alerts.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from deploy.prometheus.rule import Alert

BEGIN: Final = "<!-- made by `make gen` out of deploy/prometheus -->"
END: Final = "<!-- end of what is made -->"


def with_table(page: str, alerts: Sequence[Alert]) -> str:
    """The page with the table as it is now. Raises ValueError where the page does not say where it belongs."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"docs/alerts.md has to say {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table(alerts)}\n{END}{after}"


def table(alerts: Sequence[Alert]) -> str:
    rows = ["| alert | severity | about | fires when | after |", "| --- | --- | --- | --- | --- |"]
    for alert in alerts:
        after = alert.pending if alert.pending not in (None, "0s") else "at once"
        rows.append(f"| [{alert.name}](runbooks/{alert.name}.md) | {alert.severity} | {alert.kind} | {alert.when} | {after} |")
    return "\n".join(rows)

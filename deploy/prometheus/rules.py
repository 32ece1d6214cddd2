"""All rules, in the order in which they are written."""

from __future__ import annotations

from typing import Final

from deploy.prometheus.program import program
from deploy.prometheus.promises import promises
from deploy.prometheus.rule import Alert
from deploy.prometheus.service_level import service_level
from deploy.prometheus.waiting import backlog_and_sources, waiting

RUNBOOKS: Final = "docs/runbooks"
GROUPS: Final = (service_level(), waiting(), promises(), backlog_and_sources(), program())
ALERTS: Final = tuple(rule for group in GROUPS for rule in group.rules if isinstance(rule, Alert))

"""All dashboards, in the order in which they are read."""

from __future__ import annotations

from typing import Final

from deploy.grafana import agents, itself, live_floor, quality, queues, sla
from deploy.grafana.card import Page

PAGES: Final[tuple[Page, ...]] = (live_floor.page(), sla.page(), queues.page(), agents.page(), quality.page(), itself.page())

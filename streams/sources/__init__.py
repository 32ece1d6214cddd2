"""Foreign formats to events, one file per product; and events that never happened, for trying out and for measuring."""

from __future__ import annotations

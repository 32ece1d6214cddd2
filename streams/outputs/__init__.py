"""Snapshot -> world, read only: Prometheus, HTTP, the page."""

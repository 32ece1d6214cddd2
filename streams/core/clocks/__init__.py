"""Thresholds, limits and the days of a time zone."""

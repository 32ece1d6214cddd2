"""Stands in for the world in tests, and is imported by tests only."""

"""Folds: the events of one case become its facts and its standings (metrics.md, section 1)."""

"""Batches in, checkpoints out: carries shards between a log and the world. Knows no calls and no tickets."""

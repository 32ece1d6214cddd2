"""The log under the shards: one contract (`log.py`), over Kafka and over SQLite."""

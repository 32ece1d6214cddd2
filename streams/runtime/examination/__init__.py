"""What may stand in the way of a deskpulse, looked at from the outside: nothing is changed, and nothing is sent into a topic.

finding.py   what was looked at, how it is, and what to do
brokers.py   a Kafka: its topics, our rights there, how long it keeps what
place.py     the directory of an embedded log
clocks.py    of this machine, of workers, of those who write events
"""

from __future__ import annotations

"""An invented contact centre: customers who call, wait, give up and write; people who answer. Deterministic by its seed.

    centre.py      what such a centre is: queues, desks, teams, habits (values)
    invented.py    the default one
    simulation.py  puts it together: `simulate`
    disorder.py    what a network does to its events: repeats, delays, rubbish
The others are its parts: staff, entrance, floor (queues), talk (conversations), desks (tickets), surveys, shop (customers, help pages, the
books), tape (clock and events).
"""

from __future__ import annotations

from .centre import Centre, Desk, Habits, Hours, Incident, Patience, Queue, Sales, Spread, Team
from .disorder import Disorder, Sent, send
from .invented import INVENTED, in_full_swing
from .simulation import simulate
from .tape import Made

__all__ = [
    "INVENTED",
    "Centre",
    "Desk",
    "Disorder",
    "Habits",
    "Hours",
    "Incident",
    "Made",
    "Patience",
    "Queue",
    "Sales",
    "Sent",
    "Spread",
    "Team",
    "in_full_swing",
    "send",
    "simulate",
]  # fmt: skip

"""The default centre: a mail-order house that never existed. At `scaled(1)` 350 calls, chats and tickets in its busiest hour."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.values import DAY_MS, HOUR_MS, EpochMs

from .centre import EVERY_DAY, Centre, Desk, Hours, Patience, Queue, Spread, Team

_SHOP: Final = Hours(8, 20, (0, 1, 2, 3, 4, 5))
_OFFICE: Final = Hours(8, 18, (0, 1, 2, 3, 4))

# Shares of the busiest hour: a first peak before noon, a second after work; little at night.
_DAY: Final = (
    0.04, 0.03, 0.02, 0.02, 0.02, 0.04, 0.10, 0.28, 0.62, 0.88, 1.00, 0.97,
    0.80, 0.78, 0.82, 0.80, 0.76, 0.74, 0.60, 0.42, 0.28, 0.18, 0.11, 0.07,
)  # fmt: skip
_WEEK: Final = (1.0, 0.9, 0.84, 0.82, 0.86, 0.45, 0.2)

INVENTED: Final = Centre(
    queues=(
        Queue(
            "orders", "phone", 62, _SHOP, Spread(170, 0.6), Patience(240), Spread(30, 0.6),
            overflow_to="service", logs_to="returns", logged=0.15,
        ),
        Queue("service", "phone", 48, _SHOP, Spread(230, 0.65), Patience(300), Spread(45, 0.6), transfer=0.09, logs_to="returns"),
        Queue("billing", "phone", 30, _OFFICE, Spread(260, 0.6), Patience(360), Spread(60, 0.5), hold=0.3, logs_to="accounts", logged=0.45),
        Queue("partners", "phone", 10, _OFFICE, Spread(300, 0.5), Patience(420), Spread(40, 0.5), high=0.6, urgent=0.05),
        Queue("lost-cards", "phone", 6, Hours(), Spread(150, 0.5), Patience(600), Spread(50, 0.5), urgent=0.3, logs_to="accounts"),
        Queue("shop-chat", "chat", 40, _SHOP, Spread(320, 0.6), Patience(150, balk=0.06), Spread(15, 0.5), offer_after_s=60, hold=0.0),
        Queue("help-chat", "chat", 24, _SHOP, Spread(420, 0.6), Patience(200), None, hold=0.0, transfer=0.1, logs_to="returns"),
        Queue("advice", "video", 4, _OFFICE, Spread(600, 0.4), Patience(200), Spread(90, 0.4), hold=0.02, transfer=0.02),
    ),
    desks=(
        Desk(
            "mail", (("email", 0.7), ("form", 0.3)), 52, Spread(240, 0.6), ("delivery", "product", "account", "other"),
            escalates_to="complaints",
        ),
        Desk("returns", (("form", 0.8), ("email", 0.2)), 26, Spread(150, 0.5), ("return", "refund", "damage"), by_system=0.15),
        Desk("accounts", (("email", 0.8), ("form", 0.2)), 14, Spread(300, 0.6), ("invoice", "dunning", "address"), by_system=0.1),
        Desk(
            "messages", (("messaging", 0.6), ("social", 0.3), ("sms", 0.1)), 30, Spread(110, 0.5), ("delivery", "product", "return"),
            bot=0.7, auto_reply=False, escalates_to="complaints",
        ),
        Desk("complaints", (("email", 0.6), ("form", 0.2), ("social", 0.1), ("forum", 0.1)), 4, Spread(600, 0.5), ("complaint",)),
    ),
    teams=(
        Team("orders-early", 6, ("orders", "service"), 7.9, 8.2, (0, 1, 2, 3, 4, 5)),
        Team("orders-mid", 3, ("orders", "service"), 9.4, 8.5),
        Team("orders-late", 5, ("orders", "service"), 11.9, 8.4, (0, 1, 2, 3, 4, 5)),
        Team("service-early", 6, ("service", "lost-cards"), 7.8, 8.4),
        Team("service-late", 4, ("service", "orders", "lost-cards"), 11.8, 8.5, (0, 1, 2, 3, 4, 5)),
        Team("billing", 6, ("billing", "partners"), 7.9, 10.3),
        Team("night", 2, ("lost-cards",), 19.5, 12.5, EVERY_DAY),
        Team("day-guard", 1, ("lost-cards", "partners"), 7.5, 12.5, EVERY_DAY),
        Team("chat-early", 7, ("shop-chat", "help-chat"), 7.9, 8.3, (0, 1, 2, 3, 4, 5), beats=True),
        Team("chat-mid", 3, ("shop-chat", "help-chat"), 9.4, 8.5, beats=True),
        Team("chat-late", 6, ("shop-chat", "help-chat"), 11.9, 8.4, (0, 1, 2, 3, 4, 5), beats=True),
        Team("advice", 3, ("advice", "partners"), 7.9, 10.3),
        Team("desk-early", 8, ("mail", "returns", "messages"), 7, 8.5),
        Team("desk-late", 7, ("messages", "mail", "returns"), 11.5, 8.5, EVERY_DAY),
        Team("backoffice", 12, ("accounts", "complaints"), 8, 9, (0, 1, 2, 3, 4, 5)),
    ),
    lines=60,
    day=_DAY,
    week=_WEEK,
)  # fmt: skip


def in_full_swing(centre: Centre, at_ms: EpochMs, hour: float = 11.5) -> Centre:
    """The same centre in a place of the world where it is about `hour` at that instant, and where no day is quieter than another."""
    east = round((hour * HOUR_MS - at_ms % DAY_MS) / HOUR_MS)
    east = (east + 11) % 24 - 11
    return msgspec.structs.replace(
        centre,
        zone=f"Etc/GMT{-east:+d}",  # the sign of these names is that of POSIX: west is plus
        week=(1.0,) * 7,
        queues=tuple(msgspec.structs.replace(queue, hours=msgspec.structs.replace(queue.hours, days=EVERY_DAY)) for queue in centre.queues),
        teams=tuple(msgspec.structs.replace(team, days=EVERY_DAY) for team in centre.teams),
    )

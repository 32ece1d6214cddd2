"""[[sla]]: what is promised to whom. The first that holds for a case and names a clock says what is promised there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from schemas.values import DAY_MS, PRIORITIES, SECOND_MS
from streams.config.calendars import named
from streams.config.sections import channel
from streams.config.table import Table
from streams.config.values import Wrong, duration, list_of, one_of, queue_beside, ratio
from streams.core.clocks.business import Calendar
from streams.core.clocks.sla import ALWAYS, AT_RISK, CLOCKS, QUEUE_WAIT, SlaRule

TARGET = duration(SECOND_MS, 365 * DAY_MS)
PAUSES = ("pending", "on_hold", "bot")


def slas(tables: Iterator[Table], calendars: Mapping[str, Calendar], queues: Collection[str]) -> tuple[SlaRule, ...]:
    """In the order of the file. `queues`: those that are configured."""
    rules: list[SlaRule] = []
    for table in tables:
        rule = _rule(table, calendars, queues)
        clocks = [clock for clock, target_ms in enumerate(rule.targets_ms) if target_ms is not None]
        firsts = [_first(rules, clock, rule) for clock in clocks]
        if firsts and all(number is not None for number in firsts):
            others = " and ".join(sorted({f"sla[{number}]" for number in firsts}))
            table.complaints.add(f"{table.path} never holds: {others} comes first and holds for all that it speaks of")
        rules.append(rule)
    return tuple(rules)


def _first(rules: Sequence[SlaRule], clock: int, rule: SlaRule) -> int | None:
    """Number, from 1, of a rule that leaves nothing to this one on a clock."""
    return next((n for n, other in enumerate(rules, 1) if other.targets_ms[clock] is not None and other.covers(rule)), None)


def _rule(table: Table, calendars: Mapping[str, Calendar], queues: Collection[str]) -> SlaRule:
    targets_ms = tuple(table.get(clock, TARGET, None) for clock in CLOCKS)
    rule = SlaRule(
        queue=table.get("queue", queue_beside(queues), None),
        channel=table.get("channel", channel, None),
        priority=table.get("priority", one_of(*PRIORITIES), None),
        targets_ms=targets_ms,
        calendar=table.get("calendar", _or_always(named(calendars)), None),
        pause=table.get("pause", list_of(one_of(*PAUSES)), ()),
        at_risk=round(table.get("at_risk", _share, AT_RISK / 10_000) * 10_000),
    )
    if not any(clock in table.entries for clock in CLOCKS):
        table.complaints.add(f"{table.path} promises nothing: it needs one of {', '.join(CLOCKS)}")
    if rule.pause and all(target_ms is None for clock, target_ms in enumerate(targets_ms) if clock != QUEUE_WAIT):
        table.complain("pause", "a wait in a queue does not pause: it is for the clocks of tickets")
    table.finish()
    return rule


def _or_always(parse: Callable[[object], str]) -> Callable[[object], str]:
    return lambda value: ALWAYS if value == ALWAYS else parse(value)


def _share(value: object) -> float:
    share = ratio(value)
    if not share:
        raise Wrong("expected a share of the target above 0, such as 0.80")
    return share

"""`/api/v1/history`: the panes of some KPIs as series, in JSON for sparklines and in CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from multidict import MultiMapping

from schemas.instants import instant_ms, rfc3339
from schemas.values import CHANNELS, DAY_MS
from streams.config.values import Wrong, duration
from streams.core.history import STEPS, History, has_history
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.kpi import Kpi
from streams.core.kpis.result import Result
from streams.core.snapshot import Snapshot
from streams.outputs.asking import STATS, known_parameters, queues_of, unknown, words
from streams.outputs.courtesy import courteous
from streams.outputs.ready import CUTS
from streams.outputs.rows import envelope, with_list
from streams.outputs.serving import Refusal, quoted
from streams.outputs.spreadsheet import safe

PARAMETERS: Final = ("kpi", "stat", "since", "step", "queue", "channel", "cut", "format")
_length_ms = duration(1, 400 * DAY_MS)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One query, understood."""

    kpis: list[Kpi]
    step: str
    since_ms: int
    cut: tuple[str, ...]
    queues: list[str] | None
    channels: list[str] | None


class Series(msgspec.Struct, frozen=True):
    """One KPI under its labels: a number per stretch."""

    kpi: Kpi
    labels: dict[str, str]
    results: list[Result]


def asked(query: MultiMapping[str], snapshot: Snapshot) -> Asked:
    """Raises Refusal 400."""
    known_parameters(query, PARAMETERS)
    names, stats = words(query, "kpi", NAMES), words(query, "stat", STATS)
    if not names:
        raise Refusal(400, "missing_parameter", "say which kpi, for example kpi=service_level")
    kpis = [kpi for kpi in CATALOGUE if kpi.name in names and (stats is None or kpi.stat in stats) and has_history(kpi.formula)]
    if not kpis:
        said = f"{', '.join(names)}{' ' + ', '.join(stats) if stats else ''}: what stands only now has no history"
        raise Refusal(400, "no_history", said)
    step = query.get("step", "15m")
    if step not in STEPS:
        raise unknown("step", step, STEPS)
    queues, channels = words(query, "queue", queues_of(snapshot)), words(query, "channel", CHANNELS)
    labels = tuple(label for label, values in (("queue", queues), ("channel", channels)) if values is not None)
    cut_name = query.get("cut")
    if cut_name is not None and cut_name not in CUTS:
        raise unknown("cut", cut_name, CUTS)
    cut = labels if cut_name is None else CUTS[cut_name]
    if not set(labels) <= set(cut):
        raise Refusal(400, "wrong_cut", f"the cut {cut_name} has no {' and '.join(sorted(set(labels) - set(cut)))} to choose by")
    return Asked(kpis=kpis, step=step, since_ms=_since_ms(query.get("since"), snapshot.now_ms), cut=cut, queues=queues, channels=channels)


def _since_ms(text: str | None, now_ms: int) -> int:
    if text is None:
        return 0
    if text.isascii() and text.isdigit():
        return min(int(text[:20]), now_ms)
    try:
        return min(instant_ms(text), now_ms)
    except ValueError:
        pass
    try:
        return now_ms - _length_ms(text)
    except Wrong:
        expected = "expected an instant such as 2026-03-02T09:00:00Z, epoch milliseconds, or a length back from now such as 6h"
        raise Refusal(400, "bad_since", f"since is {quoted(text)}: {expected}") from None


def history_of(snapshot: Snapshot, wanted: Asked) -> History:
    return History(snapshot, STEPS[wanted.step], wanted.since_ms)


def series(snapshot: Snapshot, wanted: Asked, history: History) -> Iterator[Series]:
    """In the order of the catalogue, then by labels."""
    for kpi in wanted.kpis:
        cut = ("channel",) if kpi.by_channel_only else wanted.cut
        for values in snapshot.groups(cut):
            labels = dict(zip(cut, values, strict=True))
            if wanted.queues is not None and labels.get("queue", wanted.queues[0]) not in wanted.queues:
                continue
            if wanted.channels is not None and labels.get("channel", wanted.channels[0]) not in wanted.channels:
                continue
            if not snapshot.has(kpi, cut, values):
                continue
            results = history.of(kpi, cut, values)
            if not kpi.sparse or any(result.value for result in results):
                yield Series(kpi, {**labels, **kpi.labels}, results)


def as_json(snapshot: Snapshot, wanted: Asked) -> bytes:
    """`starts` once, and for each series the values that belong to them; null where there is no sample."""
    history = history_of(snapshot, wanted)
    document = {**envelope(snapshot), "step": wanted.step, "starts": [rfc3339(start) for start in history.starts]}
    return with_list(document, "series", map(_document, series(snapshot, wanted, history)), every=1)


def _document(one: Series) -> dict[str, Any]:
    values = [result.value for result in one.results]
    document = {"kpi": one.kpi.name, "stat": one.kpi.stat, "labels": one.labels, "values": values}
    samples = [result.samples for result in one.results]
    return document if all(size is None for size in samples) else {**document, "samples": samples}


def as_csv(snapshot: Snapshot, wanted: Asked) -> bytes:
    """One line per number: start, kpi, stat, a column per label, value (empty without a sample), samples."""
    history = history_of(snapshot, wanted)
    found = list(courteous(series(snapshot, wanted, history)))
    starts = [rfc3339(start) for start in history.starts]
    labels = list(dict.fromkeys(label for one in found for label in one.labels))
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(["start", "kpi", "stat", *labels, "value", "samples"])
    for one in found:
        named = [one.kpi.name, one.kpi.stat, *(safe(one.labels.get(label, "")) for label in labels)]
        for start, result in zip(starts, one.results, strict=True):
            writer.writerow([start, *named, result.value, result.samples])
    return written.getvalue().encode()

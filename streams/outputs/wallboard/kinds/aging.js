// Open cases, the backlog among them, and how old they are.

import { fact, readingOf, sinceOf, without } from "../reading.js";

/** The big number is that of the tile; of bands, all cases that are open. */
export function aging(tile, { store, asOfMs }) {
  const labels = without(tile.labels, "age_band", "status");
  const now = (kpi, stat) => store.row(kpi, stat, "now", labels);
  const counted = { open: now("open_cases", "count"), backlog: now("backlog", "count") };
  const main = tile.kpi === "backlog_by_age" ? counted.open : store.row(tile.kpi, "count", "now", tile.kpi === "unresolved_cases" ? tile.labels : labels);
  const oldest = now("open_cases", "oldest");
  const reading = readingOf(main, tile);
  reading.facts = Object.entries(counted)
    .filter(([, row]) => row !== null && row !== main)
    .map(([key, row]) => fact(key, row, "count"));
  reading.facts.push(fact("oldest", oldest, "seconds", sinceOf(oldest, asOfMs)));
  reading.bars = store.by("age_band", "backlog_by_age", "count", "now", labels).map((row) => ({ band: row.labels.age_band, value: row.value, level: null }));
  return reading;
}

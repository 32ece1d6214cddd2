// Open cases, the backlog among them, and how old they are.

import { fact, readingOf, sinceOf } from "../reading.js";

export function aging(tile, { store, asOfMs }) {
  const { labels } = tile;
  const now = (kpi, stat) => store.row(kpi, stat, "now", labels);
  const oldest = now("open_cases", "oldest");
  const main = tile.kpi === "backlog" ? now("backlog", "count") : now("open_cases", "count");
  const other = tile.kpi === "backlog" ? fact("open", now("open_cases", "count"), "count") : fact("backlog", now("backlog", "count"), "count");
  const reading = readingOf(main, tile);
  reading.facts = [other, fact("oldest", oldest, "seconds", sinceOf(oldest, asOfMs))];
  reading.bars = store.by("age_band", "backlog_by_age", "count", "now", labels).map((row) => ({ band: row.labels.age_band, value: row.value, level: null }));
  return reading;
}

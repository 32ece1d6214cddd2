// Calls that never came through, and why.

import { fact, readingOf } from "../reading.js";

export function blockage(tile, { store }) {
  const { window, labels } = tile;
  const reading = readingOf(store.row("blockage", "rate", window, labels), tile);
  reading.facts = [fact("blocked", store.row("calls_blocked", "count", window, labels), "count")];
  reading.bars = store
    .by("reason", "calls_blocked", "count", window, labels)
    .sort((one, other) => other.value - one.value)
    .map((row) => ({ key: `reason.${row.labels.reason}`, value: row.value, level: null }));
  return reading;
}

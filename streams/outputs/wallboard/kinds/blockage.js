// Calls that never came through, and why.

import { fact, readingOf } from "../reading.js";

export function blockage(tile, { store }) {
  const { window, labels } = tile;
  const reading = readingOf(store.row("blockage", "rate", window, labels), tile);
  const all = store.row("calls_blocked", "count", window, labels);
  const reasons = store.by("reason", "calls_blocked", "count", window, labels);
  // Who finds it closed is no part of the rate, so not of the number beside it either; a bar tells of them.
  const closed = reasons.find((row) => row.labels.reason === "closed")?.value ?? 0;
  reading.facts = [fact("blocked", all?.value ? { ...all, value: all.value - closed } : all, "count")];
  reading.bars = reasons
    .sort((one, other) => other.value - one.value)
    .map((row) => ({ key: `reason.${row.labels.reason}`, value: row.value, level: null }));
  return reading;
}

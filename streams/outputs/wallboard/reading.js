// What a tile shows at a moment, read out of the rows: plain values, no page. Each kind of tile adds its own to it.

import { levelOf } from "./level.js";

/** Of the one row that a tile is about; `row` null: it has not come.
 *
 *  value, unit, sinceMs  the big number; with `sinceMs` it is a length of time that goes on by itself
 *  reason    why there is no number; no_events: nothing of that input has come yet, if this is all there is
 *  level     as measured: ok, warn, crit; null where there is no mark or nothing to judge by
 *  few       its sample is too small to judge by
 *  facts     small numbers beside it: {key, value, unit, sinceMs}
 *  bars      parts of a whole: {label, key, value, level}
 *  queues    lines of the waiting list
 */
export function readingOf(row, tile) {
  const few = row !== null && (row.few === true || (tile.unit === "ratio" && row.value !== null && (row.samples ?? Infinity) < (tile.min_samples ?? 0)));
  return {
    value: row?.value ?? null,
    unit: tile.unit,
    sinceMs: null,
    reason: row === null ? "no_events" : row.value === null ? (row.reason ?? "no_sample") : null,
    level: levelOf(row, tile),
    few,
    target: tile.target ?? tile.warn ?? tile.crit ?? null,
    better: tile.better,
    samples: row !== null && tile.unit !== "count" && row.value !== null ? (row.samples ?? null) : null,
    partialSince: row?.partial ? (row.since ?? null) : null,
    compare: row?.compare ?? null,
    facts: [],
    bars: [],
    queues: null,
  };
}

/** The beginning of what lasts: as the row says it, else as long before `nowMs` as its value. */
export function sinceOf(row, asOfMs) {
  if (row === null || row.value === null) return null;
  if (row.since && !row.partial) return Date.parse(row.since);
  return asOfMs - row.value * 1000;
}

export function fact(key, row, unit, sinceMs = null) {
  return { key, value: row?.value ?? null, unit, sinceMs, reason: row?.value === null ? (row.reason ?? null) : null };
}

/** Labels without some of them: a tile may be named by one part of what its kind shows whole. */
export function without(labels, ...names) {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

export function sum(rows) {
  return rows.length === 0 ? null : rows.reduce((total, row) => total + (row.value ?? 0), 0);
}

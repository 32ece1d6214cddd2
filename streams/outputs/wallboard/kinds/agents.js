// People by what they are doing; the big number is who could take the next call.

import { readingOf, sum, without } from "../reading.js";

const STATES = ["available", "busy", "wrap_up", "break", "training"];

export function agents(tile, { store }) {
  const rows = store.by("state", "agents", "count", "now", without(tile.labels, "state"));
  const of = (state) => rows.find((row) => row.labels.state === state)?.value ?? null;
  const row = rows.find((one) => one.labels.state === "available") ?? null;
  const reading = readingOf(row, tile);
  reading.facts = [{ key: "staffed", value: sum(rows.filter((one) => one.labels.state !== "offline")), unit: "count", sinceMs: null, reason: null }];
  reading.bars = STATES.slice(1).map((state) => ({ key: `state.${state}`, value: of(state), level: null })).filter((bar) => bar.value !== null);
  return reading;
}

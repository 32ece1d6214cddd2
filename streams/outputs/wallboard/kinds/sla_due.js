// Promises that are due soon, whichever clock they run by, and those that are broken or nearly so.

import { fact, readingOf, sum, without } from "../reading.js";
import { levelOf } from "../level.js";

const BANDS = ["0-5m", "5-15m", "15-60m"];

export function sla_due(tile, { store }) {
  const labels = without(tile.labels, "band", "clock", "state");
  const due = BANDS.map((band) => ({ band, value: dueIn(store, labels, band) }));
  const state = (name) => store.row("sla_clocks", "count", "now", { ...labels, state: name });
  const soonest = due[0].value;
  const row = soonest === null ? null : { value: soonest };
  const reading = readingOf(row, { ...tile, unit: "count" });
  reading.level = levelOf(state("breached"), tile) ?? reading.level;
  reading.facts = [fact("breached", state("breached"), "count"), fact("at_risk", state("at_risk"), "count")];
  reading.bars = due.slice(1).map(({ band, value }) => ({ band, value, level: null }));
  return reading;
}

/** Each clock has a row of its own where anything is due; where something is promised and nothing is due there is none, and that is 0. */
function dueIn(store, labels, band) {
  const rows = store.by("clock", "sla_clocks_due", "count", "now", { ...labels, band });
  const all = store.row("sla_clocks_due", "count", "now", { ...labels, band });
  if (all !== null) return all.value;
  return sum(rows) ?? (store.row("sla_clocks", "count", "now", { ...labels, state: "breached" }) === null ? null : 0);
}

// Any one number of the catalogue.

import { readingOf, sinceOf } from "../reading.js";

const LASTING = new Set(["oldest", "oldest_unanswered"]);

export function number(tile, { store, asOfMs }) {
  const row = store.row(tile.kpi, tile.stat, tile.window, tile.labels);
  const reading = readingOf(row, tile);
  if (tile.window === "now" && tile.unit === "seconds" && LASTING.has(tile.stat)) reading.sinceMs = sinceOf(row, asOfMs);
  return reading;
}

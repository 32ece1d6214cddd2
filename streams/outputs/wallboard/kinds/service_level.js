// The service level, where it can still end while calls wait, and how many answers in time in a row bring it back to its target.

import { fact, readingOf } from "../reading.js";

export function service_level(tile, { store }) {
  const { window, labels } = tile;
  const of = (stat, in_ = window) => store.row("service_level", stat, in_, labels);
  const reading = readingOf(of(tile.stat), tile);
  reading.facts = [
    fact("answers_needed", of("answers_needed", "today"), "count"),
    fact("lowest", of("lowest"), "ratio"),
    fact("highest", of("highest"), "ratio"),
  ];
  return reading;
}

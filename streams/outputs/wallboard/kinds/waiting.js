// Who waits, queue by queue, the worst first; the oldest wait goes on by itself.

import { levelBy, levelOf, worse } from "../level.js";
import { fact, readingOf, sinceOf, without } from "../reading.js";

const NOBODY = Number.MAX_SAFE_INTEGER;
const RANK = { crit: 2, warn: 1 };

export function waiting(tile, { store, queues, asOfMs, nowMs }) {
  const levelAt = judge(tile, nowMs);
  const labels = without(tile.labels, "age_band");
  const count = store.row("waiting", "count", "now", labels);
  const oldest = store.row("waiting", "oldest", "now", labels);
  const sinceMs = sinceOf(oldest, asOfMs);
  const lines = store.by("queue", "waiting", "count", "now", labels).map((row) => {
    const oldestHere = store.row("waiting", "oldest", "now", row.labels);
    const sinceHereMs = sinceOf(oldestHere, asOfMs);
    return {
      title: queues.get(row.labels.queue)?.title || row.labels.queue,
      waiting: row.value,
      sinceMs: sinceHereMs,
      level: levelAt(row, oldestHere, sinceHereMs),
    };
  });
  const reading = readingOf(count, { ...tile, unit: "count", warn: null, crit: null, target: null });
  reading.level = lines.reduce((found, line) => (worse(line.level, found) > 0 ? line.level : found), levelAt(count, oldest, sinceMs));
  reading.facts = [fact("oldest_wait", oldest, "seconds", sinceMs)];
  reading.target = tile.warn ?? tile.crit ?? tile.target ?? null;
  reading.targetUnit = tile.stat === "oldest" ? "seconds" : "count";
  reading.queues = lines.sort(byNeed);
  return reading;
}

/** Of a line, the worst of what is known: how many wait, and how long the oldest does. The marks of the tile are of its own statistic;
 *  a wait grows without a message, so by them its level is that of this moment. */
function judge(tile, nowMs) {
  const ofOldest = tile.stat === "oldest";
  return (count, oldest, sinceMs) => {
    const found = [
      ofOldest ? (count?.level ?? null) : levelOf(count, tile),
      oldest?.level ?? null,
      ofOldest && sinceMs !== null ? levelBy((nowMs - sinceMs) / 1000, { ...tile, better: "low", target: null }) : null,
    ];
    return found.reduce((worst, level) => (worse(level, worst) > 0 ? level : worst), null);
  };
}

function byNeed(one, other) {
  return (
    (RANK[other.level] ?? 0) - (RANK[one.level] ?? 0) ||
    (one.sinceMs ?? NOBODY) - (other.sinceMs ?? NOBODY) ||
    other.waiting - one.waiting ||
    (one.title < other.title ? -1 : 1)
  );
}

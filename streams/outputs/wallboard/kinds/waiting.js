// Who waits, queue by queue, the worst first; the oldest wait goes on by itself.

import { levelBy, levelOf, worse } from "../level.js";
import { fact, readingOf, sinceOf } from "../reading.js";

const NOBODY = Number.MAX_SAFE_INTEGER;
const RANK = { crit: 2, warn: 1 };

export function waiting(tile, { store, queues, asOfMs, nowMs }) {
  const levelAt = judge(tile, nowMs);
  const count = store.row("waiting", "count", "now", tile.labels);
  const oldest = store.row("waiting", "oldest", "now", tile.labels);
  const sinceMs = sinceOf(oldest, asOfMs);
  const lines = store.by("queue", "waiting", "count", "now", tile.labels).map((row) => {
    const oldestHere = store.row("waiting", "oldest", "now", row.labels);
    const sinceHereMs = sinceOf(oldestHere, asOfMs);
    return {
      title: queues.get(row.labels.queue)?.title || row.labels.queue,
      waiting: row.value,
      sinceMs: sinceHereMs,
      expected: store.row("expected_wait", "p50", "now", row.labels)?.value ?? null,
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

/** By the marks of the tile, which are of its statistic. A wait grows without a message, so its level is that of this moment. */
function judge(tile, nowMs) {
  if (tile.stat !== "oldest") return (count) => levelOf(count, tile);
  return (_, oldest, sinceMs) => {
    const measured = sinceMs === null ? null : levelBy((nowMs - sinceMs) / 1000, { ...tile, better: "low", target: null });
    const said = oldest?.level ?? null;
    return worse(said, measured) > 0 ? said : measured;
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

// ok, warn or crit of a number, and the same as it is shown: what flickers around its mark does not flicker on the wall.

const RANK = { ok: 0, warn: 1, crit: 2 };
const WORSE_MS = 3000;
const BETTER_MS = 15000;

/** Of one row: what the server says of it, else by the marks of the tile. null: there is nothing to judge, or too little to judge by. */
export function levelOf(row, tile) {
  if (row === null || row.value === null || row.few) return null;
  if (row.samples !== undefined && tile.unit === "ratio" && row.samples < (tile.min_samples ?? 0)) return null;
  return row.level ?? levelBy(row.value, tile);
}

export function levelBy(value, { better, warn = null, crit = null, target = null }) {
  if (value === null || better === null) return null;
  const past = (limit) => limit !== null && (better === "low" ? value > limit : value < limit);
  if (warn === null && crit === null) return target === null ? null : past(target) ? "warn" : "ok";
  return past(crit) ? "crit" : past(warn) ? "warn" : "ok";
}

export function worse(one, other) {
  return (RANK[one] ?? -1) - (RANK[other] ?? -1);
}

export class ShownLevel {
  #shown = null;
  #direction = 0;
  #sinceMs = 0;

  get shown() {
    return this.#shown;
  }

  /** The level to show at `nowMs` (of a clock that only goes on). Worse has to last 3 s, better 15 s. */
  next(measured, nowMs) {
    if (measured === null || this.#shown === null) {
      this.#shown = measured;
      this.#direction = 0;
      return measured;
    }
    const direction = Math.sign(worse(measured, this.#shown));
    if (direction !== this.#direction) {
      this.#direction = direction;
      this.#sinceMs = nowMs;
    }
    if (direction !== 0 && nowMs - this.#sinceMs >= (direction > 0 ? WORSE_MS : BETTER_MS)) {
      this.#shown = measured;
      this.#direction = 0;
    }
    return this.#shown;
  }
}

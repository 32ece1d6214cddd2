// The past of the tiles, asked for once a minute, one after the other.

const EVERY_MS = 60_000;

/** Address of the series of one statistic under its labels. */
export function historyAddress({ kpi, stat }, labels, hours, step) {
  const query = new URLSearchParams({ kpi, stat, step, since: `${hours}h` });
  for (const label of ["queue", "channel"]) if (label in labels) query.append(label, labels[label]);
  return `/api/v1/history?${query}`;
}

/** {starts: epoch seconds, values} of the series that has all of `labels`; null where there is none. Of counts without the stretch that is
 *  under way: it would look like a fall. */
export async function history(address, labels, unit, signal) {
  const answer = await fetch(address, { signal });
  if (!answer.ok) return null;
  const { starts, series } = await answer.json();
  const wanted = Object.entries(labels);
  const found = series.find((one) => wanted.every(([name, value]) => one.labels[name] === value));
  if (found === undefined) return null;
  const past = { starts: starts.map((start) => Date.parse(start) / 1000), values: found.values };
  return unit === "count" ? { starts: past.starts.slice(0, -1), values: past.values.slice(0, -1) } : past;
}

export class Trends {
  #tiles;
  #shown;
  #known = new Map();
  #timer = 0;
  #closed = new AbortController();

  /** shown(id, values): whenever a tile has a new line. */
  constructor(tiles, shown) {
    this.#tiles = Object.entries(tiles).filter(([, tile]) => tile.trend);
    this.#shown = shown;
  }

  of(id) {
    return this.#known.get(id) ?? null;
  }

  async renew() {
    clearTimeout(this.#timer);
    for (const [id, { trend, labels, unit }] of this.#tiles) {
      try {
        const found = await history(historyAddress(trend, labels, trend.hours, trend.step), labels, unit, this.#closed.signal);
        if (found !== null) {
          this.#known.set(id, found.values);
          this.#shown(id, found.values);
        }
      } catch {
        break; // not reached: the board says so, and the lines stay as they were
      }
    }
    if (!this.#closed.signal.aborted) this.#timer = setTimeout(() => this.renew(), EVERY_MS);
  }

  close() {
    clearTimeout(this.#timer);
    this.#closed.abort();
  }
}

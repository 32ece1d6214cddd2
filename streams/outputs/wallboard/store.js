// The rows as they are now. A snapshot takes the place of all of them, so nothing stays that is gone, and memory does not grow.

function keyOf(kpi, stat, window, labels) {
  return JSON.stringify([kpi, stat, window, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

export class Store {
  #rows = new Map();

  replace(rows) {
    this.#rows = new Map(rows.map((row) => [keyOf(row.kpi, row.stat, row.window, row.labels), row]));
  }

  change(rows, gone = []) {
    for (const { kpi, stat, window, labels } of gone) this.#rows.delete(keyOf(kpi, stat, window, labels));
    for (const row of rows) this.#rows.set(keyOf(row.kpi, row.stat, row.window, row.labels), row);
  }

  /** The row under exactly these labels, or null. */
  row(kpi, stat, window, labels) {
    return this.#rows.get(keyOf(kpi, stat, window, labels)) ?? null;
  }

  /** All rows of a statistic that have these labels and one value of `label` beside them. */
  by(label, kpi, stat, window, labels) {
    const found = [];
    const wanted = Object.entries(labels);
    for (const row of this.#rows.values()) {
      if (row.kpi !== kpi || row.stat !== stat || row.window !== window || !(label in row.labels)) continue;
      if (Object.keys(row.labels).length !== wanted.length + 1) continue;
      if (wanted.every(([name, value]) => row.labels[name] === value)) found.push(row);
    }
    return found;
  }
}

// How far the figures can be trusted: one word for the whole board, worst first.

const STALE_MS = 5000;

export class Freshness {
  #message = null;
  #heardAtMs = performance.now();

  /** Of every message of the stream. */
  heard(message) {
    this.#message = message;
    this.#heardAtMs = performance.now();
  }

  get silenceMs() {
    return performance.now() - this.#heardAtMs;
  }

  /** Of the data itself, and on by what has passed here since; null while nobody knows. */
  get ageMs() {
    const seconds = this.#message?.data_age_seconds ?? null;
    return seconds === null ? null : seconds * 1000 + this.silenceMs;
  }

  /** 0..1, null before the first message. */
  get completeness() {
    return this.#message?.completeness ?? null;
  }

  /** starting, disconnected, restoring, stale or live. */
  get state() {
    if (this.#message === null) return this.silenceMs > STALE_MS ? "disconnected" : "starting";
    if (this.silenceMs > STALE_MS) return "disconnected";
    if (this.#message.restored === false) return "restoring";
    return this.ageMs === null || this.ageMs > STALE_MS ? "stale" : "live";
  }
}

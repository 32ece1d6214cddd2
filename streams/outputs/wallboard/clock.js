// The time of the server, whatever the clock of this screen says: its last word, and what has passed here since by a clock nobody sets.

const STEP_MS = 2000;

export class Clock {
  #offsetMs = null;

  /** `now` as the server wrote it. A message that was long on its way makes its time look earlier, so the latest one counts;
   *  one that differs by more than that means that a clock was set, or that this machine slept. */
  set(now) {
    const offsetMs = Date.parse(now) - performance.now();
    if (this.#offsetMs === null || offsetMs > this.#offsetMs || this.#offsetMs - offsetMs > STEP_MS) this.#offsetMs = offsetMs;
  }

  /** Epoch milliseconds; null before the first message. */
  now() {
    return this.#offsetMs === null ? null : this.#offsetMs + performance.now();
  }
}

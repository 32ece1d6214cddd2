// Two notes when a tile turns critical. Off until somebody turns it on; a browser that forbids sound is said to do so.

import { remember, remembered } from "./memory.js";

const APART_MS = 10_000;

export class Sound {
  #context = null;
  #playedAtMs = -Infinity;
  /** Called whenever `state` may be another. */
  changed = () => {};

  /** asked: by the address of a screen that nobody can click on. */
  constructor(asked) {
    this.on = asked || remembered("sound") === "on";
    if (this.on) this.#wake();
  }

  /** off, on or blocked. */
  get state() {
    if (!this.on) return "off";
    return this.#context?.state === "running" ? "on" : "blocked";
  }

  toggle() {
    // A click on what is blocked is the gesture that the browser waits for.
    this.on = this.state !== "on";
    remember("sound", this.on ? "on" : "off");
    if (this.on) this.#wake();
    this.changed();
  }

  play() {
    if (this.state !== "on" || performance.now() - this.#playedAtMs < APART_MS) return;
    this.#playedAtMs = performance.now();
    const context = this.#context;
    [660, 495].forEach((pitch, index) => {
      const note = context.createOscillator(), loudness = context.createGain();
      const start = context.currentTime + index * 0.28;
      note.frequency.value = pitch;
      loudness.gain.setValueAtTime(0, start);
      loudness.gain.linearRampToValueAtTime(0.25, start + 0.03);
      loudness.gain.exponentialRampToValueAtTime(0.001, start + 0.26);
      note.connect(loudness).connect(context.destination);
      note.start(start);
      note.stop(start + 0.27);
    });
  }

  #wake() {
    this.#context ??= new AudioContext();
    const changed = () => this.changed();
    this.#context.onstatechange = changed;
    this.#context.resume().then(changed, changed);
  }
}

// The stream of the server. It comes back by itself, and silence is taken for what it is: a cut cable says nothing either.

const SILENCE_MS = 8000;
const AGAIN_MS = [1000, 2000, 4000, 5000];

export class Feed {
  #address;
  #heard;
  #refused;
  #source = null;
  #timer = 0;
  #heardAtMs = performance.now();
  #failures = 0;

  /** heard(kind, message): of each message. refused(): before each try after the server has said no, e.g. to an address that was revoked. */
  constructor(address, heard, refused) {
    this.#address = address;
    this.#heard = heard;
    this.#refused = refused;
  }

  open() {
    this.#heardAtMs = performance.now();
    const source = new EventSource(this.#address);
    this.#source = source;
    for (const kind of ["snapshot", "rows", "beat"]) {
      source.addEventListener(kind, (event) => {
        this.#heardAtMs = performance.now();
        this.#failures = 0;
        this.#heard(kind, JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.#later();
    });
  }

  /** To be called now and then: opens anew what has been silent for too long. */
  watch() {
    if (this.#source?.readyState !== EventSource.CLOSED && performance.now() - this.#heardAtMs > SILENCE_MS) {
      this.#source.close();
      this.#later();
    }
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  #later() {
    clearTimeout(this.#timer);
    const waitMs = AGAIN_MS[Math.min(this.#failures, AGAIN_MS.length - 1)] * (0.75 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = setTimeout(() => {
      this.#refused();
      this.open();
    }, waitMs);
  }
}

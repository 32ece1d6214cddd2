// The pages of the board: how tiles stand on them, and which one is in sight. On a phone all of them are, one below the other.

import { element, listed, mark, say } from "./element.js";

const UNITS_MAX = 8;
const SMALL = matchMedia("(max-width: 899px)");
const UPRIGHT = matchMedia("(orientation: portrait)");

/** A waiting list stands over two rows, where there is room for it. */
function unitsOf(tile, tiles) {
  return tile.spec.kind === "waiting" && tiles.length < UNITS_MAX ? 2 : 1;
}

export class Pages {
  #pages = [];
  #at = 0;
  #everyMs;
  #turnAtMs;
  #messages;
  #closed = new AbortController();
  paused = false;

  /** pages: lists of tiles. rotateSeconds 0: they do not turn by themselves. */
  constructor(pages, rotateSeconds, messages) {
    this.#messages = messages;
    this.#everyMs = rotateSeconds * 1000;
    this.#turnAtMs = performance.now() + this.#everyMs;
    this.#pages = pages.flatMap(split).map((tiles) => ({ tiles, element: element("div", { class: "page" }, ...tiles.map((tile) => tile.element)) }));
    this.element = element("main", { class: "pages" }, ...this.#pages.map((page) => page.element));
    this.dots = element("nav", { class: "dots", "aria-label": messages.say("pages") });
    for (const page of this.#pages) arrange(page);
    const { signal } = this.#closed;
    UPRIGHT.addEventListener("change", () => this.#pages.forEach(arrange), { signal });
    SMALL.addEventListener("change", () => this.show(this.#at), { signal });
    this.show(0);
  }

  get count() {
    return this.#pages.length;
  }

  get at() {
    return this.#at;
  }

  get turns() {
    return this.#everyMs > 0 && this.count > 1;
  }

  pageOf(tile) {
    return this.#pages.findIndex((page) => page.tiles.includes(tile));
  }

  /** Whether a tile is in sight. */
  shows(tile) {
    return SMALL.matches || this.pageOf(tile) === this.#at;
  }

  show(index) {
    this.#at = (index + this.count) % this.count || 0;
    this.#turnAtMs = performance.now() + this.#everyMs;
    this.#pages.forEach((page, number) => mark(page.element, "hidden", !SMALL.matches && number !== this.#at));
    mark(this.dots, "hidden", this.count < 2);
    const make = () => {
      const button = element("button", { type: "button", class: "dot" });
      button.addEventListener("click", () => this.show([...this.dots.children].indexOf(button)));
      return button;
    };
    listed(this.dots, this.#pages, make, (button, page) => {
      const number = this.#pages.indexOf(page);
      say(button, String(number + 1));
      mark(button, "aria-label", this.#messages.say("page", { n: number + 1, of: this.count }));
      mark(button, "aria-current", number === this.#at ? "page" : null);
    });
  }

  /** Lets go of the screen, which lasts longer than a board. */
  close() {
    this.#closed.abort();
  }

  /** Turns the page where it is time. */
  tick() {
    if (this.turns && !this.paused && performance.now() >= this.#turnAtMs) this.show(this.#at + 1);
  }
}

/** Pieces of a page that fit a screen, of about the same size. */
function split(tiles) {
  const pieces = Math.ceil(tiles.length / UNITS_MAX);
  const size = Math.ceil(tiles.length / pieces);
  return Array.from({ length: pieces }, (_, piece) => tiles.slice(piece * size, (piece + 1) * size)).filter((piece) => piece.length > 0);
}

function arrange({ tiles, element: page }) {
  const units = tiles.reduce((total, tile) => total + unitsOf(tile, tiles), 0);
  const oneRow = tiles.length <= (tiles.some((tile) => unitsOf(tile, tiles) > 1) ? 2 : 3);
  const [across, along] = oneRow ? [tiles.length, 1] : [Math.ceil(units / 2), 2];
  const [columns, rows] = UPRIGHT.matches ? [along, across] : [across, along];
  // A list of names needs more room than a number.
  const first = columns > 2 && unitsOf(tiles[0], tiles) > 1 ? "minmax(0, 1.35fr)" : "minmax(0, 1fr)";
  page.style.setProperty("--columns", [first, ...Array(columns - 1).fill("minmax(0, 1fr)")].join(" "));
  page.style.setProperty("--rows", String(rows));
  const left = oneRow ? 0 : across * along - units;
  const wide = left > 0 ? (tiles.find((tile) => tile.spec.kind === "service_level") ?? tiles.find((tile) => tile.spec.kind !== "waiting")) : null;
  for (const tile of tiles) {
    mark(tile.element, "data-tall", unitsOf(tile, tiles) > 1 && rows > 1);
    mark(tile.element, "data-wide", tile === wide);
  }
}

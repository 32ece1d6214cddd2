// The wallboard: one board document, one stream, and what is drawn of them. Everything else is in the modules beside it.

import { Clock } from "./clock.js";
import { Dialog } from "./dialog.js";
import { element, mark } from "./element.js";
import { Feed } from "./feed.js";
import { Figures } from "./figures.js";
import { Freshness } from "./freshness.js";
import { Head } from "./head.js";
import { Trends } from "./history.js";
import { KINDS } from "./kinds/all.js";
import { Messages, chosen } from "./messages.js";
import { Pages } from "./pages.js";
import { Sound } from "./sound.js";
import { Store } from "./store.js";
import { Theme } from "./theme.js";
import { Tile } from "./tile.js";

const TICK_MS = 500;
const AGAIN_MS = 3000;
const IDLE_MS = 4000;
const root = document.documentElement;
const asked = new URLSearchParams(location.search);

class Wallboard {
  #store = new Store();
  #clock = new Clock();
  #fresh = new Freshness();
  #frame = 0;
  #asOfMs = null;
  #critical = new Set();
  #asking = false;
  #ticking = 0;

  /** before: the board whose place it takes. What people did there stays, its figures do until the stream of this one speaks, and what was
   *  critical is no news. */
  constructor(board, messages, before = null) {
    this.board = board;
    this.messages = messages;
    const figures = new Figures(messages.language, board.zone, board.currency);
    this.queues = new Map(board.queues.map((queue) => [queue.name, queue]));
    const words = { messages, figures, queues: this.queues };
    this.dialog = new Dialog(board, words);
    this.tiles = new Map(Object.entries(board.tiles).map(([id, spec]) => [id, new Tile(id, spec, words, (tile) => this.dialog.open(tile))]));
    const pages = board.pages.map((ids) => ids.map((id) => this.tiles.get(id)).filter(Boolean));
    this.pages = new Pages(pages, Number(asked.get("rotate") ?? board.rotate_seconds ?? 0), messages);
    this.sound = before?.sound ?? new Sound(asked.get("sound") === "1");
    this.sound.changed = () => this.controls();
    this.theme = new Theme(asked.get("theme"), board.dark, () => this.controls());
    this.head = new Head(board, words, {
      pause: () => this.pause(),
      sound: () => this.sound.toggle(),
      theme: () => this.theme.toggle(),
      turn: (tile) => this.pages.show(this.pages.pageOf(tile)),
    });
    this.trends = new Trends(board.tiles, (id, values) => this.tiles.get(id).trendOf(values));
    this.feed = new Feed(`/api/v1/stream${query(board.board)}`, (kind, message) => this.heard(kind, message), () => this.ask());
    if (before === null) return;
    this.#store = before.#store;
    this.#clock = before.#clock;
    this.#fresh = before.#fresh;
    this.#asOfMs = before.#asOfMs;
    this.#critical = before.#critical;
    this.pages.paused = before.pages.paused;
    this.pages.show(before.pages.at);
  }

  start() {
    document.body.replaceChildren(this.head.element, this.pages.element, this.pages.dots, this.dialog.element);
    this.controls();
    this.tick();
    this.#ticking = setInterval(() => this.tick(), TICK_MS);
    this.feed.open();
    this.trends.renew();
    onkeydown = (event) => this.key(event);
  }

  stop() {
    clearInterval(this.#ticking);
    cancelAnimationFrame(this.#frame);
    this.feed.close();
    this.trends.close();
    this.pages.close();
    this.dialog.element.close();
  }

  heard(kind, message) {
    this.#clock.set(message.now);
    this.#fresh.heard(message);
    if (message.layout && message.layout !== this.board.layout) this.ask();
    if (kind === "snapshot") this.#store.replace(message.rows);
    else if (kind === "rows") this.#store.change(message.rows, message.gone);
    this.#asOfMs = Date.parse(message.as_of);
    // Of many messages at once, the last one is drawn.
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.show();
    });
  }

  /** Everything anew, head and tiles of one moment; what has not changed is not written. While the board is stale its numbers stand still. */
  show() {
    const state = this.#fresh.state;
    const nowMs = this.#clock.now();
    mark(root, "data-state", state);
    this.head.tick(this.#fresh, nowMs, this.#asOfMs);
    if (nowMs === null) return;
    const moment = { store: this.#store, queues: this.queues, asOfMs: this.#asOfMs, nowMs: state === "live" ? nowMs : this.#asOfMs };
    for (const tile of this.tiles.values()) tile.show(KINDS[tile.spec.kind](tile.spec, moment), moment.nowMs, state !== "live");
    this.alarm();
  }

  tick() {
    this.feed.watch();
    if (!this.dialog.isOpen) this.pages.tick();
    this.show();
  }

  /** What has just turned critical comes into sight and is heard; what is critical elsewhere stands in the head. */
  alarm() {
    const critical = [...this.tiles.values()].filter((tile) => tile.level === "crit");
    const fresh = critical.filter((tile) => !this.#critical.has(tile.id));
    const live = this.#fresh.state === "live";
    if (live) this.#critical = new Set(critical.map((tile) => tile.id)); // of a board that has no figures nothing is known
    if (live && fresh.length > 0) {
      const [tile] = fresh;
      if (this.pages.turns && !this.pages.paused && !this.dialog.isOpen && !this.pages.shows(tile)) this.pages.show(this.pages.pageOf(tile));
      this.sound.play();
      this.head.announce(`${this.messages.say("level.crit")}: ${fresh.map((one) => `${one.title} ${one.said}`).join(", ")}`);
    }
    this.head.critical(critical.filter((tile) => !this.pages.shows(tile)));
  }

  pause() {
    this.pages.paused = !this.pages.paused;
    this.controls();
  }

  controls() {
    this.head?.controls({ turns: this.pages.turns, paused: this.pages.paused, sound: this.sound.state, theme: this.theme.name });
  }

  key(event) {
    if (this.dialog.isOpen || event.altKey || event.ctrlKey || event.metaKey) return;
    const forward = root.dir === "rtl" ? "ArrowLeft" : "ArrowRight", back = root.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    if (event.key === forward) this.pages.show(this.pages.at + 1);
    if (event.key === back) this.pages.show(this.pages.at - 1);
  }

  /** Whether this board is still there, and still the same. One that was laid out anew takes its place; another language or version of the
   *  program, or a board that is gone, begins with a new page. */
  async ask() {
    if (this.#asking) return;
    this.#asking = true;
    const board = await fetched();
    this.#asking = false;
    if (board === null || board.layout === this.board.layout) return;
    if (board.error || board.version !== this.board.version || board.language !== this.board.language) location.reload();
    else if (board.layout !== null) {
      const told = this.dialog.tile;
      this.stop();
      const next = new Wallboard(board, this.messages, this);
      next.start();
      if (next.tiles.has(told?.id)) next.dialog.open(next.tiles.get(told.id));
    }
  }
}

function query(name) {
  return name ? `?board=${encodeURIComponent(name)}` : "";
}

/** The board document; null where nobody answers, or the answer is no. */
async function fetched() {
  try {
    const answer = await fetch(`/api/v1/board${query(asked.get("board"))}`);
    if (answer.ok) return await answer.json();
    const { error } = await answer.json();
    return answer.status === 503 ? null : { error };
  } catch {
    return null;
  }
}

/** A pointer that rests has no business on a wall. */
function hideIdlePointer() {
  let timer = 0;
  addEventListener("pointermove", () => {
    mark(root, "data-idle", false);
    clearTimeout(timer);
    timer = setTimeout(() => mark(root, "data-idle", true), IDLE_MS);
  });
}

async function begin() {
  const board = await fetched();
  if (board === null || board.error) {
    document.body.replaceChildren(element("main", { class: "refused" }, element("h1", {}, "deskpulse"), element("p", { role: "status" }, board?.error ?? "…")));
    setTimeout(begin, AGAIN_MS);
    return;
  }
  const language = chosen([asked.get("lang"), board.language, ...navigator.languages].filter(Boolean));
  const messages = await Messages.load(language);
  root.lang = language;
  root.dir = messages.direction;
  hideIdlePointer();
  new Wallboard(board, messages).start();
}

begin();

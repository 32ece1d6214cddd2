// The waiting list: as many queues as the tile has room for, and in the last line how many more there are.

import { element, listed, mark, say } from "./element.js";
import { symbol } from "./symbols.js";

const ROOMY = 40;

export class QueueList {
  #words;
  #lines = [];
  #room = ROOMY;
  #nowMs = 0;

  constructor(words) {
    this.#words = words;
    const { messages } = words;
    this.body = element("tbody");
    this.more = element("p", { class: "more" });
    const heads = ["queue", "waiting", "oldest_wait"].map((key) => element("th", { scope: "col" }, messages.say(`column.${key}`)));
    this.table = element("table", { class: "queues" }, element("thead", {}, element("tr", {}, ...heads)), this.body);
    this.element = element("div", { class: "queue-box" }, this.table, this.more);
    // Seen from outside of its own changes: the box has the room that the tile leaves it.
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  show(lines, nowMs) {
    this.#lines = lines ?? [];
    this.#nowMs = nowMs;
    const before = this.body.childElementCount;
    const shown = this.#lines.length <= this.#room ? this.#lines : this.#lines.slice(0, Math.max(1, this.#room - 1));
    listed(this.body, shown, line, (row, queue) => this.#fill(row, queue));
    const rest = this.#lines.slice(shown.length);
    const { messages, figures } = this.#words;
    const waiting = rest.reduce((total, queue) => total + (queue.waiting ?? 0), 0);
    mark(this.table, "hidden", shown.length === 0); // of a tile of one queue: no heads of nothing
    say(this.more, rest.length === 0 ? "" : messages.say("more_queues", { n: figures.text(rest.length, "count"), waiting: figures.text(waiting, "count") }));
    if (before === 0 && shown.length > 0) this.#fit();
  }

  #fill(row, { title, waiting, sinceMs, level }) {
    const { figures, messages } = this.#words;
    const [name, count, oldest] = row.children;
    say(name.lastElementChild, title);
    mark(row, "data-level", level);
    mark(row, "data-idle", waiting === 0);
    if (name.dataset.sign !== (level ?? "")) {
      name.dataset.sign = level ?? "";
      const bad = level === "warn" || level === "crit";
      name.firstElementChild.replaceChildren(...(bad ? [symbol(level), element("span", { class: "for-ears" }, messages.say(`level.${level}`))] : []));
    }
    say(count, figures.text(waiting, "count"));
    say(oldest, sinceMs === null ? figures.text(null) : figures.text((this.#nowMs - sinceMs) / 1000, "seconds"));
  }

  #fit() {
    const height = this.element.clientHeight;
    const one = this.body.firstElementChild?.offsetHeight ?? 0;
    const scrolls = getComputedStyle(this.element).overflowY === "visible";
    const room = scrolls || one === 0 ? ROOMY : Math.max(1, Math.floor((height - this.table.tHead.offsetHeight) / one));
    if (room !== this.#room) {
      this.#room = room;
      this.show(this.#lines, this.#nowMs);
    }
  }
}

function line() {
  return element("tr", {}, element("th", { scope: "row" }, element("span", { class: "sign" }), element("span", { class: "queue-title" })), element("td"), element("td"));
}

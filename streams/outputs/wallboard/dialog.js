// What is behind a tile: how its figure is defined, the numbers put in, its last day, and the cases that are late.

import { chart } from "./chart.js";
import { element } from "./element.js";
import { history, historyAddress } from "./history.js";
import { icon } from "./symbols.js";

const CASES_MAX = 20;
/** KPIs that speak of one kind of promise. */
const CLOCK_OF = { first_response_time: "first_response", next_response_time: "next_response", resolution_time: "resolution" };
const OF_CASES = /^(waiting|sla_|open_cases|backlog|unresolved|unassigned|first_response|next_response|response|resolution)/;

export class Dialog {
  #board;
  #words;
  #ends = [];
  #tile = null;
  #number = 0;

  constructor(board, words) {
    this.#board = board;
    this.#words = words;
    this.title = element("h2", { id: "dialog-title", tabindex: "-1" });
    this.scope = element("p", { class: "scope" });
    this.body = element("div", { class: "dialog-body" });
    const close = element("button", { type: "button", class: "button", "aria-label": words.messages.say("close") }, icon("close"));
    close.addEventListener("click", () => this.element.close());
    this.element = element("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, element("header", { class: "dialog-head" }, element("div", {}, this.title, this.scope), close), this.body);
    this.element.addEventListener("close", () => this.#clear());
    this.element.addEventListener("click", (event) => {
      if (event.target === this.element) this.element.close(); // the ground beside it
    });
  }

  get isOpen() {
    return this.element.open;
  }

  /** Of which it tells; null while it is closed. */
  get tile() {
    return this.isOpen ? this.#tile : null;
  }

  async open(tile) {
    this.#clear();
    this.#tile = tile;
    const number = (this.#number += 1);
    this.title.textContent = tile.title;
    this.scope.textContent = tile.scope;
    this.body.append(element("p", { class: "quiet" }, this.#words.messages.say("loading")));
    this.element.showModal();
    this.title.focus();
    const [explanation, past, cases] = await Promise.all([asked(explainAddress(tile.spec)), this.#past(tile.spec), this.#cases(tile.spec)]);
    if (number !== this.#number || !this.isOpen) return; // another one was opened meanwhile, or none is wanted any more
    this.body.replaceChildren();
    const told = explanation?.explanations.find(({ labels }) => same(labels, tile.spec.labels)) ?? explanation?.explanations[0] ?? null;
    this.#explain(told);
    this.#draw(past, tile);
    this.#inputs(told);
    this.#list(cases);
    if (!this.body.hasChildNodes()) this.body.append(element("p", { class: "quiet" }, this.#words.messages.say("not_reached")));
  }

  #explain(told) {
    if (told === null) return;
    const { messages, figures } = this.#words;
    const range = told.low === undefined ? "" : ` · ${messages.say("dialog_range", { low: figures.text(told.low, told.unit), high: figures.text(told.high, told.unit) })}`;
    this.body.append(element("p", { class: "result" }, figures.text(told.value, told.unit) + range));
    // Definitions stand in the catalogue, and it is written in English.
    this.body.append(element("p", { class: "definition", lang: "en", dir: "ltr" }, told.definition), element("p", { class: "quiet", lang: "en", dir: "ltr" }, told.what));
    this.body.append(element("p", { class: "formula", lang: "en", dir: "ltr" }, element("code", {}, told.formula)));
  }

  #inputs(told) {
    if (told === null) return;
    const { figures } = this.#words;
    this.body.append(this.#table("inputs", told.inputs.map((part) => [part.what || part.name, figures.text(part.amount, part.unit ?? "count")])));
    const left = told.left_out.filter((part) => part.amount);
    if (left.length > 0) this.body.append(this.#table("left_out", left.map((part) => [`${part.what}: ${part.why}`, figures.text(part.amount, "count")])));
  }

  #table(key, lines) {
    const heading = this.#words.messages.say(`dialog_${key}`);
    const rows = lines.map(([name, value]) => element("tr", {}, element("th", { scope: "row", lang: "en", dir: "ltr" }, name), element("td", {}, value)));
    return element("table", { class: "told" }, element("caption", {}, heading), element("tbody", {}, ...rows));
  }

  async #past(tile) {
    const { kpi, stat } = tile.trend ?? tile;
    if (tile.window === "now" && !tile.trend) return null;
    try {
      return await history(historyAddress({ kpi, stat }, tile.labels, 24, "15m"), tile.labels, tile.unit);
    } catch {
      return null;
    }
  }

  #draw(past, tile) {
    if (past === null) return;
    const { messages, figures } = this.#words;
    this.body.append(element("h3", {}, messages.say("dialog_day")));
    const known = past.values.filter((value) => value !== null);
    if (known.length < 2) {
      this.body.append(element("p", { class: "quiet" }, messages.say("reason.no_sample")));
      return;
    }
    const [low, high, last] = [Math.min(...known), Math.max(...known), known.at(-1)].map((value) => figures.text(value, tile.spec.unit));
    const box = element("div", { class: "chart", dir: "ltr" });
    this.body.append(box);
    const label = messages.say("chart_label", { title: tile.title, low, high, last });
    this.#ends.push(chart(box, past, { unit: tile.spec.unit, target: tile.spec.target ?? null }, { figures, zone: this.#board.zone, label }));
  }

  async #cases(tile) {
    if (!this.#board.can_see_cases || !(OF_CASES.test(tile.kpi) || ["sla_due", "aging", "waiting"].includes(tile.kind))) return null;
    return asked(casesAddress(tile));
  }

  #list(found) {
    if (found === null) return;
    const { cases, total } = found;
    const { messages, figures } = this.#words;
    this.body.append(element("h3", {}, messages.say("dialog_cases")));
    if (cases.length === 0) {
      this.body.append(element("p", { class: "quiet" }, messages.say("no_cases")));
      return;
    }
    const heads = ["case", "queue", "clock", "state", "due"].map((key) => element("th", { scope: "col" }, messages.say(`column.${key}`)));
    const rows = cases.map((one) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, one.case_id),
        element("td", {}, this.#words.queues.get(one.queue)?.title || one.queue || ""),
        element("td", {}, messages.say(`clock.${one.clock}`)),
        element("td", {}, messages.say(`state.${one.state}`)),
        element("td", {}, figures.instant(Date.parse(one.due))),
      ),
    );
    this.body.append(element("table", { class: "told cases" }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)));
    if (total > cases.length) this.body.append(element("p", { class: "quiet" }, messages.say("more", { n: figures.text(total - cases.length, "count") })));
  }

  #clear() {
    for (const end of this.#ends.splice(0)) end();
    this.body.replaceChildren();
  }
}

function explainAddress({ kpi, stat, window, labels }) {
  const query = new URLSearchParams({ kpi, stat, window });
  for (const label of ["queue", "channel", "priority"]) if (label in labels) query.append(label, labels[label]);
  return `/api/v1/explain?${query}`;
}

function casesAddress({ kind, kpi, labels }) {
  const query = new URLSearchParams({ limit: CASES_MAX });
  if (labels.queue) query.append("queue", labels.queue);
  const clock = kind === "waiting" ? "queue_wait" : CLOCK_OF[kpi];
  if (clock) query.append("clock", clock);
  return `/api/v1/cases/breaching?${query}`;
}

function same(one, other) {
  return Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([name, value]) => other[name] === value);
}

/** null where it could not be reached, or is not told. */
async function asked(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

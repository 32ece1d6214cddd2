// One tile of the board: it shows a reading, and never more than it was given.

import { element, listed, mark, say } from "./element.js";
import { ShownLevel } from "./level.js";
import { Sparkline } from "./sparkline.js";
import { symbol } from "./symbols.js";
import { QueueList } from "./queue_list.js";
import { scopeOf, titleOf } from "./titles.js";
import { widthOf } from "./widths.js";

const COMPARED = ["yesterday", "last_week", "last_week_day"];

export class Tile {
  #level = new ShownLevel();
  #badged = undefined;
  #reading = null;
  #words;
  #past = null;
  #drawn = undefined;

  /** words: {messages, figures, queues}. open(tile): when somebody wants to know more. */
  constructor(id, spec, words, open) {
    this.id = id;
    this.spec = spec;
    this.#words = words;
    this.title = titleOf(spec, words.messages);
    this.scope = scopeOf(spec, words.messages, words.figures, words.queues);
    this.#build();
    this.button.addEventListener("click", () => open(this));
  }

  #build() {
    this.button = element("button", { class: "tile-open", type: "button", "aria-haspopup": "dialog" }, this.title);
    this.badge = element("p", { class: "badge" });
    this.number = element("span", { class: "number" });
    this.unit = element("span", { class: "unit" });
    this.figure = element("p", { class: "figure" }, this.number, this.unit);
    this.spoken = element("p", { class: "for-ears" });
    this.target = element("span", { class: "target" });
    this.samples = element("span", { class: "samples" });
    this.facts = element("dl", { class: "facts" });
    this.bars = element("ul", { class: "bars", role: "list" });
    this.spark = new Sparkline();
    this.span = element("span", { class: "span" });
    this.high = element("span");
    this.low = element("span");
    const scale = element("div", { class: "scale", "aria-hidden": "true" }, this.high, this.low);
    this.trend = element("div", { class: "trend", hidden: true }, scale, this.spark.element, this.span);
    this.compare = element("dl", { class: "compare" });
    this.foot = element("p", { class: "foot" });
    this.queues = this.spec.kind === "waiting" ? new QueueList(this.#words) : null;
    mark(this.figure, "aria-hidden", "true");
    this.element = element(
      "article",
      { class: "tile", "data-kind": this.spec.kind, "data-tile": this.id },
      element("header", { class: "tile-head" }, element("div", { class: "tile-name" }, element("h2", {}, this.button), element("p", { class: "scope" }, this.scope)), this.badge),
      element("div", { class: "tile-main" }, this.figure, this.spoken, element("div", { class: "beside" }, element("p", { class: "promise" }, this.target, this.samples), this.facts)),
      this.queues?.element ?? null,
      this.bars,
      this.trend,
      element("footer", { class: "tile-foot" }, this.compare, this.foot),
    );
  }

  get level() {
    return this.#level.shown;
  }

  /** The number as it stands on the tile. */
  get said() {
    const number = `${this.number.textContent}${this.unit.textContent && `\u202f${this.unit.textContent}`}`;
    return this.queues === null ? number : `${number} · ${this.facts.querySelector("dd")?.textContent ?? ""}`;
  }

  /** stale: the figures are no longer those of now. */
  show(reading, nowMs, stale) {
    const { messages, figures } = this.#words;
    this.#reading = reading;
    this.#number(reading, nowMs, stale);
    say(this.target, reading.target === null ? "" : messages.say("target", { value: figures.text(reading.target, reading.targetUnit ?? reading.unit) }));
    this.#facts(reading.facts, nowMs);
    this.#bars(reading.bars);
    this.queues?.show(reading.queues, nowMs);
    this.#compare(reading);
    this.#foot(reading);
    this.#draw();
    this.judge(stale);
  }

  trendOf(values) {
    this.#past = values;
    this.#drawn = undefined;
    this.#draw();
  }

  #draw() {
    const target = this.#reading?.target ?? null;
    if (this.#past === null || this.#drawn === target) return;
    this.#drawn = target;
    const values = this.#past;
    // Where parts of a whole are shown, there is no room for a line besides; the dialog has it.
    const hidden = this.spec.kind === "blockage" || values.filter((value) => value !== null).length < 2;
    mark(this.trend, "hidden", hidden);
    if (hidden) return;
    const { figures } = this.#words;
    const { hours } = this.spec.trend;
    say(this.span, hours > 48 ? figures.text(hours / 24, "days") : figures.text(hours * 3600, "hours"));
    const { unit } = this.spec;
    const [low, high] = this.spark.show(values, unit, target, document.documentElement.dir !== "rtl");
    say(this.low, figures.text(low, low === 0 ? "count" : unit));
    say(this.high, figures.text(high, unit));
  }

  /** While the board is stale nothing is judged: a level of old figures would say something of now. */
  judge(stale) {
    const level = stale ? this.#level.shown : this.#level.next(this.#reading?.level ?? null, performance.now());
    const badge = stale ? "stale" : (level ?? (this.#reading?.few ? "few" : null));
    mark(this.element, "data-level", stale ? "stale" : level);
    if (badge === this.#badged) return;
    this.#badged = badge;
    this.badge.replaceChildren(...(badge === null ? [] : [symbol(badge === "few" ? "none" : badge), element("span", {}, this.#words.messages.say(`level.${badge}`))]));
    mark(this.badge, "data-level", badge);
  }

  #number(reading, nowMs, stale) {
    const { figures, messages } = this.#words;
    const value = reading.sinceMs === null ? reading.value : (nowMs - reading.sinceMs) / 1000;
    const { number, unit } = figures.large(value, reading.unit);
    say(this.number, number);
    say(this.unit, unit);
    mark(this.figure, "data-none", value === null);
    const width = widthOf(number, 650) + (unit && 0.18 + 0.36 * widthOf(unit, 550));
    this.figure.style.setProperty("--width", Math.max(1, width).toFixed(2));
    // What was never told may only not have been read yet.
    const unknown = stale && reading.reason === "no_events";
    const missing = value === null && reading.reason && !unknown ? messages.say(`reason.${reading.reason}`) : "";
    say(this.spoken, missing || figures.spoken(value, reading.unit));
    mark(this.spoken, "class", missing ? "why" : "for-ears");
  }

  #facts(facts, nowMs) {
    const { messages, figures } = this.#words;
    const make = () => element("div", {}, element("dt"), element("dd"));
    listed(this.facts, facts, make, (line, { key, value, unit, sinceMs, reason }) => {
      const [name, said] = line.children;
      say(name, messages.say(`fact.${key}`));
      const text = reason && reason !== "no_sample" ? messages.say(`reason.${reason}`) : figures.text(sinceMs === null ? value : (nowMs - sinceMs) / 1000, unit);
      say(said, text);
    });
  }

  #bars(bars) {
    const { messages, figures } = this.#words;
    const most = Math.max(1, ...bars.map(({ value }) => value ?? 0));
    const make = () => element("li", {}, element("span", { class: "bar-name" }), element("span", { class: "bar" }, element("span", { class: "bar-fill" })), element("span", { class: "bar-value" }));
    listed(this.bars, bars, make, (line, { band, key, value }) => {
      const [name, bar, amount] = line.children;
      say(name, band ? figures.band(band) : messages.say(key));
      bar.firstElementChild.style.setProperty("inline-size", `${(100 * (value ?? 0)) / most}%`);
      say(amount, figures.text(value, "count"));
    });
  }

  #compare({ compare, value, unit, better }) {
    const { messages, figures } = this.#words;
    const known = COMPARED.filter((when) => compare && when in compare);
    const make = () => element("div", {}, element("dt"), element("dd", {}, element("span", { class: "way", "aria-hidden": "true" }), element("span"), element("span", { class: "for-ears" })));
    listed(this.compare, known, make, (line, when) => {
      const [name, said] = line.children;
      const [way, number, ears] = said.children;
      const then = compare[when];
      // A whole day is no measure for a part of one, where things are counted.
      const whole = when === "last_week_day" && unit === "count";
      const change = whole || value === null || then === null ? 0 : Math.sign(value - then);
      const verdict = change === 0 || better === null ? null : (change > 0) === (better === "high") ? "better" : "worse";
      say(name, messages.say(`compare.${when}`));
      say(way, change > 0 ? "▲" : change < 0 ? "▼" : "");
      mark(way, "data-verdict", verdict);
      say(number, figures.text(then, unit));
      say(ears, verdict === null ? "" : messages.say(`compare.${verdict}`));
    });
  }

  #foot({ samples, partialSince, few }) {
    const { messages, figures } = this.#words;
    say(this.samples, samples === null ? "" : messages.say("samples", { n: figures.text(samples, "count") }));
    say(this.foot, partialSince === null ? "" : messages.say("since", { instant: figures.instant(Date.parse(partialSince)) }));
    mark(this.element, "data-few", few);
  }
}

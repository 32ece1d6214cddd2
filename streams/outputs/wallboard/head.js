// The line above the pages: whose board this is, whether it can be trusted, what is critical elsewhere, the time, and four buttons.

import { element, listed, mark, say } from "./element.js";
import { icon, symbol } from "./symbols.js";

const CHIPS_MAX = 3;
const SIGNS = { live: "ok", starting: "none", restoring: "stale", stale: "warn", disconnected: "crit" };

export class Head {
  #words;
  #sign = null;
  #announced = "";

  /** does: {pause, sound, theme, turn(tile)} */
  constructor(board, words, does) {
    this.#words = words;
    const { messages } = words;
    this.sign = element("span", { class: "sign" });
    this.state = element("strong", { class: "state" });
    this.age = element("span", { class: "age" });
    this.whole = element("span", { class: "whole" });
    this.time = element("time", { class: "time" });
    this.zone = element("span", { class: "zone" }, board.zone.split("/").at(-1).replaceAll("_", " "));
    this.chips = element("ul", { class: "chips", role: "list", "aria-label": messages.say("critical_elsewhere") });
    this.pause = button("pause", does.pause);
    this.sound = button("mute", does.sound);
    this.theme = button("light", does.theme);
    this.ears = element("p", { class: "for-ears", role: "status" });
    this.turn = does.turn;
    const title = board.title || "deskpulse";
    document.title = title;
    this.element = element(
      "header",
      { class: "head" },
      element("h1", {}, title, board.site && board.site !== title ? element("small", {}, board.site) : null),
      this.chips,
      element("div", { class: "trust" }, this.sign, this.state, this.age, this.whole),
      element("div", { class: "when" }, this.time, this.zone),
      element("div", { class: "buttons" }, this.pause, this.sound, this.theme),
      this.ears,
    );
  }

  /** fresh: a Freshness. asOfMs: of the figures. */
  tick(fresh, nowMs, asOfMs) {
    const { messages, figures } = this.#words;
    const state = fresh.state;
    if (this.#sign !== state) {
      this.#sign = state;
      this.sign.replaceChildren(symbol(SIGNS[state]));
      this.announce(messages.say(`state.${state}`));
    }
    say(this.state, messages.say(`state.${state}`));
    const age = fresh.ageMs;
    const lasting = state === "disconnected";
    say(this.age, age === null ? messages.say("age_unknown") : messages.say(lasting ? "age_stale" : "age", { age: figures.text(age / 1000, "seconds"), instant: figures.clock(asOfMs) }));
    const part = fresh.completeness;
    mark(this.whole, "data-partial", part !== null && part < 1);
    say(this.whole, part === null ? "" : messages.say(part < 1 ? "incomplete" : "complete", { part: figures.text(Math.floor(part * 100) / 100, "ratio") }));
    say(this.time, nowMs === null ? "" : figures.clock(nowMs));
  }

  /** Tiles that are critical and not in sight: their number never waits for its page. */
  critical(tiles) {
    const { messages, figures } = this.#words;
    const shown = tiles.slice(0, CHIPS_MAX);
    const make = () => element("li", {}, element("button", { type: "button", class: "chip" }, symbol("crit"), element("span"), element("b")));
    listed(this.chips, shown, make, (item, tile) => {
      const [, name, number] = item.firstElementChild.children;
      say(name, tile.title);
      say(number, tile.said);
      item.firstElementChild.onclick = () => this.turn(tile);
    });
    mark(this.chips, "data-more", tiles.length > CHIPS_MAX ? messages.say("more", { n: figures.text(tiles.length - CHIPS_MAX, "count") }) : null);
    mark(this.chips, "hidden", tiles.length === 0);
  }

  controls({ turns, paused, sound, theme }) {
    const { messages } = this.#words;
    mark(this.pause, "hidden", !turns);
    shown(this.pause, paused ? "play" : "pause", messages.say(paused ? "go_on" : "pause"), null);
    shown(this.sound, sound === "on" ? "sound" : "mute", messages.say(`sound_${sound}`), sound === "blocked" ? messages.say("sound_blocked_short") : null);
    shown(this.theme, theme === "dark" ? "light" : "dark", messages.say(theme === "dark" ? "to_light" : "to_dark"), null);
  }

  /** Said once to who listens, not at every tick. */
  announce(text) {
    if (text === this.#announced) return;
    this.#announced = text;
    say(this.ears, text);
  }
}

function button(name, does) {
  const made = element("button", { type: "button", class: "button", "data-icon": "" }, icon(name));
  made.addEventListener("click", does);
  return made;
}

function shown(target, name, label, text) {
  if (target.dataset.icon !== name + (text ?? "")) {
    target.dataset.icon = name + (text ?? "");
    target.replaceChildren(icon(name), ...(text ? [element("span", {}, text)] : []));
  }
  mark(target, "aria-label", label);
  mark(target, "title", label);
}

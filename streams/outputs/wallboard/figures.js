// Numbers, lengths of time and instants as people of a language write them. A number that is missing is a dash, never 0.

const NONE = "–";
const MINUTE = 60, HOUR = 3600, DAY = 86400;

export class Figures {
  #language;
  #currency;
  #zone;
  #kept = new Map();

  constructor(language, zone, currency) {
    this.#language = language;
    this.#zone = zone;
    this.#currency = currency || "EUR";
  }

  /** The number, and apart from it what it is counted in: {number, unit}. */
  parts(value, unit) {
    if (value === null || value === undefined) return { number: NONE, unit: "" };
    if (unit === "ratio") return this.#split(this.#percent(value), value, ["percentSign"]);
    if (unit === "seconds") return this.#length(value);
    if (unit === "hours") return this.#split(this.#unit("hour", 0), value / HOUR, ["unit"]);
    if (unit === "days") return this.#split(this.#unit("day", value < 10 ? 1 : 0), value, ["unit"]);
    if (unit === "money") return this.#split(this.#format({ style: "currency", currency: this.#currency }), value, ["currency"]);
    if (unit === "count") return { number: this.#format({ maximumFractionDigits: 0 }).format(value), unit: "" };
    return { number: this.#format({ minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value), unit: "" };
  }

  /** For the big number: minutes and seconds need no word, they are what has no other. */
  large(value, unit) {
    const parts = this.parts(value, unit);
    const minutes = unit === "seconds" && value !== null && Math.round(value) >= MINUTE && Math.round(value) < HOUR;
    return minutes ? { number: parts.number, unit: "" } : parts;
  }

  /** In one piece. */
  text(value, unit) {
    const { number, unit: counted } = this.parts(value, unit);
    return counted ? `${number}\u202f${counted}` : number;
  }

  /** As it is read out: 4 minutes 5 seconds. */
  spoken(value, unit) {
    if (value === null || value === undefined || unit !== "seconds") return this.text(value, unit);
    const whole = Math.round(value);
    const pieces = [["day", Math.floor(whole / DAY)], ["hour", Math.floor((whole % DAY) / HOUR)], ["minute", Math.floor((whole % HOUR) / MINUTE)], ["second", whole % MINUTE]];
    const first = pieces.findIndex(([, amount]) => amount > 0);
    const said = first < 0 ? [pieces[3]] : pieces.slice(first, first + 2).filter(([, amount]) => amount > 0);
    return said.map(([name, amount]) => this.#format({ style: "unit", unit: name, unitDisplay: "long" }).format(amount)).join(" ");
  }

  /** A band such as 5-15m, 0-20s, 7d+. */
  band(name) {
    const [, from, to, letter] = /^(\d+)(?:-(\d+))?([smhd])\+?$/.exec(name) ?? [];
    if (letter === undefined) return name;
    const unit = { s: "second", m: "minute", h: "hour", d: "day" }[letter];
    const format = this.#format({ style: "unit", unit, unitDisplay: letter === "m" ? "short" : "narrow" });
    const plain = this.#format({});
    if (to === undefined) return `≥\u202f${format.format(Number(from))}`;
    return `${plain.format(Number(from))}–${format.format(Number(to))}`;
  }

  /** 14:05:09 in the zone of the site. */
  clock(epochMs) {
    return this.#date({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(epochMs);
  }

  /** 14:05. */
  hour(epochMs) {
    return this.#date({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(epochMs);
  }

  /** Fri 14:05. */
  instant(epochMs) {
    return this.#date({ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(epochMs);
  }

  #percent(value) {
    const perCent = Math.abs(value * 100);
    return this.#format({ style: "percent", maximumFractionDigits: perCent >= 10 ? 0 : 1 });
  }

  #length(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    const two = this.#format({ minimumIntegerDigits: 2 });
    const one = this.#format({});
    if (whole < MINUTE) return { number: one.format(whole), unit: this.#name("second", "narrow") };
    if (whole < HOUR) return { number: `${one.format(Math.floor(whole / MINUTE))}:${two.format(whole % MINUTE)}`, unit: this.#name("minute", "short") };
    if (whole < 2 * DAY) {
      return { number: `${one.format(Math.floor(whole / HOUR))}:${two.format(Math.floor((whole % HOUR) / MINUTE))}`, unit: this.#name("hour", "narrow") };
    }
    return this.#split(this.#unit("day", 1), whole / DAY, ["unit"]);
  }

  #unit(unit, digits) {
    return this.#format({ style: "unit", unit, unitDisplay: "narrow", minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  #name(unit, unitDisplay) {
    return this.#format({ style: "unit", unit, unitDisplay }).formatToParts(5).find(({ type }) => type === "unit")?.value ?? "";
  }

  #split(format, value, apart) {
    const pieces = format.formatToParts(value);
    const number = pieces.filter(({ type }) => !apart.includes(type)).map((piece) => piece.value).join("").trim();
    return { number, unit: pieces.filter(({ type }) => apart.includes(type)).map((piece) => piece.value).join("").trim() };
  }

  #format(options) {
    return this.#once(JSON.stringify(options), () => new Intl.NumberFormat(this.#language, options));
  }

  #date(options) {
    return this.#once(`date${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(this.#language, { ...options, timeZone: this.#zone }));
  }

  /** Formats are costly to make and few. */
  #once(key, make) {
    if (!this.#kept.has(key)) this.#kept.set(key, make());
    return this.#kept.get(key);
  }
}

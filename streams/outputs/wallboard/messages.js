// The words of the page, from one file a language. What a language lacks is said in English.

const LANGUAGES = ["en", "lv", "tr", "ne", "th", "fil"];

/** The first of the wanted languages that there is, by its primary tag. */
export function chosen(wanted) {
  return wanted.map((tag) => tag.toLowerCase().split("-")[0].replace(/^tl$/, "fil")).find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

export class Messages {
  #words;
  #english;

  constructor(language, words, english) {
    this.language = language;
    this.#words = words;
    this.#english = english;
  }

  static async load(language) {
    const [english, words] = await Promise.all(["en", language].map(async (name) => (await fetch(`/wallboard/messages/${name}.json`)).json()));
    return new Messages(language, words, english);
  }

  get direction() {
    return this.#words.direction ?? "ltr";
  }

  /** `values` take the places of {name}; a key that nobody wrote is shown as it is. */
  say(key, values = {}) {
    const text = this.#words[key] ?? this.#english[key] ?? key.slice(key.indexOf(".") + 1).replaceAll("_", " ");
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
  }
}

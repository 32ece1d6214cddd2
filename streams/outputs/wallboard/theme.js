// Dark or light: as the address says, else as this screen was told, else as the board or the system has it.

import { remember, remembered } from "./memory.js";

const SYSTEM = matchMedia("(prefers-color-scheme: light)");

export class Theme {
  #changed;

  /** asked: of the address; dark: of the board, null: as the system has it. */
  constructor(asked, dark, changed) {
    this.#changed = changed;
    const told = ["dark", "light"].find((name) => name === asked) ?? ["dark", "light"].find((name) => name === remembered("theme"));
    this.#apply(told ?? (dark === null ? (SYSTEM.matches ? "light" : "dark") : dark ? "dark" : "light"));
  }

  get name() {
    return document.documentElement.dataset.theme;
  }

  toggle() {
    this.#apply(this.name === "dark" ? "light" : "dark");
    remember("theme", this.name);
    this.#changed();
  }

  #apply(name) {
    document.documentElement.dataset.theme = name;
  }
}

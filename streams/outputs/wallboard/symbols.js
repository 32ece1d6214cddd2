// A shape for each level: who cannot tell the colours apart, or stands far off, still sees which it is.

import { drawn } from "./element.js";

const SHAPES = {
  ok: ["circle", { cx: 12, cy: 12, r: 10 }, "M7 12.5l3.5 3.5L17 9"],
  warn: ["path", { d: "M12 2L23 21.5H1Z" }, "M12 9v6M12 18v.5"],
  crit: ["path", { d: "M7.5 1.5h9l6 6v9l-6 6h-9l-6-6v-9Z" }, "M8 8l8 8M16 8l-8 8"],
  stale: ["circle", { cx: 12, cy: 12, r: 10 }, "M12 6v6l4 3"],
  none: ["circle", { cx: 12, cy: 12, r: 10 }, "M7 12h10"],
};

export function symbol(level) {
  const [tag, shape, stroke] = SHAPES[level];
  return drawn(
    "svg",
    { class: "symbol", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    drawn(tag, { class: "symbol-shape", ...shape }),
    drawn("path", { class: "symbol-sign", d: stroke }),
  );
}

const ICONS = {
  pause: "M8 5v14M16 5v14",
  play: "M8 5l11 7-11 7Z",
  sound: "M4 9v6h4l5 4V5L8 9ZM16.5 9a4 4 0 010 6M19 6.5a8 8 0 010 11",
  mute: "M4 9v6h4l5 4V5L8 9ZM17 9.5l5 5M22 9.5l-5 5",
  dark: "M20 14.5A8.5 8.5 0 019.5 4a8.5 8.5 0 1010.5 10.5Z",
  light: "M12 8a4 4 0 100 8 4 4 0 000-8ZM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
  close: "M6 6l12 12M18 6L6 18",
};

export function icon(name) {
  return drawn("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, drawn("path", { d: ICONS[name] }));
}

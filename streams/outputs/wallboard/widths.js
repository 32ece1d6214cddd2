// How wide a number is in the fonts of this screen, in its own size: so it can be as large as its tile allows.

const SIZE = 100;
const KEPT_MAX = 200;
const pen = document.createElement("canvas").getContext("2d");
const kept = new Map();

/** In em. Digits are all of one width, so only the shape of a text counts. */
export function widthOf(text, weight) {
  const shape = weight + text.replace(/\p{Nd}/gu, "0");
  if (!kept.has(shape)) {
    if (kept.size >= KEPT_MAX) kept.clear();
    pen.font = `${weight} ${SIZE}px ${getComputedStyle(document.documentElement).fontFamily}`;
    kept.set(shape, pen.measureText(text.replace(/[0-9]/g, "0")).width / SIZE);
  }
  return kept.get(shape);
}

// The line of the last hours: no axes but their ends, a dashed line where the target is, gaps where there is no sample.

import { drawn, mark } from "./element.js";

const WIDTH = 240, HEIGHT = 60, EDGE = 4;

export class Sparkline {
  constructor() {
    this.line = drawn("path", { class: "spark-line" });
    this.area = drawn("path", { class: "spark-area" });
    this.target = drawn("path", { class: "spark-target" });
    this.element = drawn(
      "svg",
      { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
      this.area,
      this.target,
      this.line,
    );
  }

  /** values: oldest first, null without a sample; two known ones at least. Gives the ends of its scale. */
  show(values, unit, target, towardsEnd) {
    const known = values.filter((value) => value !== null);
    const [low, high] = scaleOf(target === null ? known : [...known, target], unit);
    const y = (value) => HEIGHT - EDGE - ((value - low) / (high - low)) * (HEIGHT - 2 * EDGE);
    const x = (index) => (towardsEnd ? index : values.length - 1 - index) * (WIDTH / (values.length - 1));
    mark(this.line, "d", strokes(values).map((stroke) => path(stroke, values, x, y)).join(""));
    mark(this.area, "d", strokes(values).map((stroke) => `${path(stroke, values, x, y)}L${x(stroke.at(-1)).toFixed(1)} ${HEIGHT}L${x(stroke[0]).toFixed(1)} ${HEIGHT}Z`).join(""));
    mark(this.target, "d", target === null ? "" : `M0 ${y(target).toFixed(1)}H${WIDTH}`);
    return [low, high];
  }
}

/** From where to where it is drawn: from 0 on, as an area is to be as high as what it stands for. A share of more than one half is drawn
 *  up to all; one that stays there, from the tenth below it. */
export function scaleOf(values, unit) {
  const lowest = Math.min(...values), highest = Math.max(...values);
  if (unit === "ratio" && highest > 0.5) return [lowest < 0.5 ? 0 : Math.min(0.9, Math.floor(lowest * 10) / 10), 1];
  const low = Math.min(0, lowest), high = Math.max(0, highest);
  return [low, high > low ? high : low + 1];
}

/** Runs of indices with a value. */
function strokes(values) {
  const found = [];
  values.forEach((value, index) => {
    if (value === null) return;
    if (index > 0 && values[index - 1] !== null) found.at(-1).push(index);
    else found.push([index]);
  });
  return found;
}

function path(stroke, values, x, y) {
  const points = stroke.map((index) => `${x(index).toFixed(1)} ${y(values[index]).toFixed(1)}`);
  return points.length === 1 ? `M${points[0]}h0.1` : `M${points.join("L")}`;
}

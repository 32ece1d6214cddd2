// The last day of one figure, large: uPlot, in the colours of the page and the time zone of the site.

import uPlot from "./vendor/uplot/uPlot.esm.js";

/** Draws past: {starts, values} into `box`; returns what ends it. */
export function chart(box, past, { unit, target }, { figures, zone, label }) {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const height = () => Math.max(160, Math.min(innerHeight * 0.3, box.clientWidth * 0.45));
  const series = [{}, { stroke: colour("--accent"), width: 2, fill: colour("--accent-soft"), points: { show: false }, spanGaps: false }];
  const data = [past.starts, past.values];
  if (target !== null) {
    series.push({ stroke: colour("--quiet"), width: 1.5, dash: [6, 5], points: { show: false } });
    data.push(past.starts.map(() => target));
  }
  const font = `${Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8)}px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: colour("--quiet"), font, ticks: { show: false } };
  const plot = new uPlot(
    {
      width: box.clientWidth,
      height: height(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: true }, y: { range: (_, low, high) => around(low, high, unit) } },
      series,
      axes: [
        { ...axis, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => figures.hour(tick * 1000)), space: 70, gap: 12 },
        { ...axis, grid: { stroke: colour("--line"), width: 1 }, values: (_, ticks) => ticks.map((tick) => figures.text(tick, unit)), size: 70 },
      ],
    },
    data,
    box,
  );
  plot.root.setAttribute("role", "img");
  plot.root.setAttribute("aria-label", label);
  const resized = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: height() }));
  resized.observe(box);
  return () => {
    resized.disconnect();
    plot.destroy();
  };
}

/** Room above and below; what cannot be negative begins at 0. */
function around(low, high, unit) {
  if (low === null || high === null) return [0, 1];
  const room = (high - low || Math.abs(high) || 1) * 0.1;
  const bottom = unit === "ratio" && low > 0.5 ? low - room : Math.min(0, low - (low < 0 ? room : 0));
  return [Math.max(bottom, low < 0 ? -Infinity : 0), unit === "ratio" && high <= 1 ? Math.min(1, high + room) : high + room];
}

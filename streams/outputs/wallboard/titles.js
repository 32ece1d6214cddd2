// What a tile is called: its figure, and beside it which part of it, when, and of whom.

const PLAIN = new Set(["count", "rate", "event", "ratio"]);
/** Labels that name a part of what such a tile shows whole. */
const OF_WHOLE = new Set(["state", "age_band", "band", "clock", "reason"]);
const OF_KIND = { waiting: "kind.waiting", sla_due: "kind.sla_due", agents: "kind.agents", aging: "kind.aging", blockage: "kind.blockage" };

export function titleOf(tile, messages) {
  return tile.title || messages.say(OF_KIND[tile.kind] ?? `kpi.${tile.kpi}`);
}

/** "90 % within · today · Billing" */
export function scopeOf(tile, messages, figures, queues) {
  const said = [];
  if (tile.kind === "number" && !PLAIN.has(tile.stat)) said.push(messages.say(`stat.${tile.stat}`));
  if (tile.kind === "service_level" && tile.stat !== "event") said.push(messages.say(`stat.${tile.stat}`));
  if (tile.kind === "agents") said.push(messages.say("state.available"));
  if (tile.kind === "aging") said.push(messages.say(`kpi.${tile.kpi === "backlog_by_age" ? "open_cases" : tile.kpi}`));
  if (tile.kind === "sla_due") said.push(messages.say("due_in", { band: figures.band("0-5m") }));
  if (tile.window !== "now") said.push(messages.say(`window.${tile.window}`));
  for (const [label, value] of Object.entries(tile.labels)) {
    if (OF_WHOLE.has(label) && tile.kind !== "number") continue;
    if (label === "queue") said.push(queues.get(value)?.title || value);
    else if (!(label === "clock" && value === "calendar") && !(label === "responder" && value === "human")) said.push(messages.say(`${label}.${value}`));
  }
  return said.join(" · ");
}

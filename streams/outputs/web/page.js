// Renews the page every second, and says so where that no longer works: the age of the data goes on counting by itself.
"use strict";
const EVERY_MS = 1000, LIMIT_MS = 4000;
let receivedMs = performance.now();

function age() {
  const shown = document.getElementById("age");
  const told = shown.dataset.seconds;
  const seconds = told === "" ? null : Number(told) + (performance.now() - receivedMs) / 1000;
  shown.querySelector("b").textContent = seconds === null ? "unknown" : seconds < 10 ? seconds.toFixed(1) + " s" : Math.round(seconds) + " s";
  const stale = seconds === null || seconds > Number(shown.dataset.staleAfter);
  document.documentElement.className = stale ? "stale" : "fresh";
}

async function renew() {
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(LIMIT_MS) });
    if (answer.ok) {
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const opened = document.getElementById("all")?.open;
      for (const part of ["header", "main"]) document.querySelector(part).replaceWith(next.querySelector(part));
      if (opened) document.getElementById("all")?.setAttribute("open", "");
      receivedMs = performance.now();
    }
  } catch { /* not reached: the age says how long ago that was */ }
  age();
  setTimeout(renew, EVERY_MS);
}

setInterval(age, 500);
setTimeout(renew, EVERY_MS);

// Parts of the page that have news, taken from the page as the server makes it now.
import { keepFigures } from "./charts.js";
import { forgetFigures } from "./figures.js";

const EVERY_MS = 5_000;

const waiting = new Set();
const seen = new Map(); // id of a part: its HTML as it came last
let timer = 0;
let asked = -Infinity;

/** Replace the parts of these names that are on the page, at most every five seconds; then call `done`. */
export function refreshParts(names, done) {
  for (const name of names) {
    if (document.querySelector(`[data-live-part="${CSS.escape(name)}"]`)) waiting.add(name);
  }
  if (timer || !waiting.size) return;
  const pause = Math.max(0, asked + EVERY_MS - performance.now());
  timer = setTimeout(() => fetchParts(done), pause);
}

async function fetchParts(done) {
  asked = performance.now();
  const names = new Set(waiting);
  waiting.clear();
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (answer.ok) replaceParts(new DOMParser().parseFromString(await answer.text(), "text/html"), names, done);
  } catch {
    // The server is not there: after the next `full` all parts are asked for.
  } finally {
    timer = 0;
  }
  if (waiting.size) refreshParts([], done);
}

function replaceParts(page, names, done) {
  let replaced = 0;
  for (const old of document.querySelectorAll("[data-live-part]")) {
    const next = page.getElementById(old.id);
    if (!names.has(old.dataset.livePart) || !next || isBusy(old)) continue;
    const html = next.outerHTML;
    if (seen.get(old.id) === html) continue;
    seen.set(old.id, html);
    replace(old, document.adoptNode(next));
    replaced += 1;
  }
  if (!replaced) return;
  forgetFigures();
  done();
}

/** Return true while the reader types in the part, or selects text of it. */
function isBusy(part) {
  const active = document.activeElement;
  const types = part.contains(active) && active.matches("input, select, textarea");
  const selection = getSelection();
  return types || (!selection.isCollapsed && part.contains(selection.anchorNode));
}

function replace(old, next) {
  const focus = focusWithin(old);
  const scrolled = [old, ...old.querySelectorAll("[id]")]
    .filter((each) => each.id && (each.scrollTop || each.scrollLeft))
    .map((each) => [each.id, each.scrollTop, each.scrollLeft]);
  const opened = [...old.querySelectorAll("details[id]")].map((each) => [each.id, each.open]);
  for (const [id, open] of opened) next.querySelector(`#${CSS.escape(id)}`)?.toggleAttribute("open", open);
  keepFigures(old, next);
  old.replaceWith(next);
  for (const [id, top, left] of scrolled) document.getElementById(id)?.scrollTo({ top, left, behavior: "instant" });
  if (focus) next.querySelector(focus)?.focus({ preventScroll: true });
}

/** Return a selector of the focused element within a part, by id, else by address; null if the focus is elsewhere. */
function focusWithin(part) {
  const active = document.activeElement;
  if (!active || active === part || !part.contains(active)) return null;
  if (active.id) return `#${CSS.escape(active.id)}`;
  const address = active.getAttribute("href");
  return address ? `a[href="${CSS.escape(address)}"]` : null;
}

// Colours of the styles, for canvases. At most eight hues: the selected segments, or the eight largest.

const N_HUES = 8;
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "pin", "arrow", "roundRect", "emptyCircle"];
const DASHES = ["solid", "dashed", "dotted"];

/** Return the colours in force now. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    ink: read("--ink"),
    soft: read("--ink-soft"),
    line: read("--line"),
    paper: read("--paper"),
    font: read("--font") || "system-ui",
    rest: read("--hue-rest"),
    hues: Array.from({ length: N_HUES }, (_, at) => read(`--hue-${at + 1}`)),
  };
}

/** Return the hue, 1 to 8 or 0 for none, of each id: as the page says by a class, else the selected, else the largest. */
export function huesOf(table, sizes) {
  const said = new Map();
  for (const row of table.querySelectorAll("[data-id]")) {
    const own = /\bhue-(\d)/.exec([row, ...row.querySelectorAll("[class*=hue-]")].map((each) => each.className.baseVal ?? each.className).join(" "));
    if (own) said.set(row.dataset.id, Number(own[1]));
  }
  const selected = table.dataset.selected?.split(/\s+/).filter(Boolean);
  if (said.size && !selected) return said;
  const ids = selected ?? [...sizes].sort((a, b) => b[1] - a[1]).map(([id]) => id);
  return new Map(ids.slice(0, N_HUES).map((id, at) => [id, at + 1]));
}

export const colourOf = (palette, hue) => (hue ? palette.hues[hue - 1] : palette.rest);
export const symbolOf = (hue) => SYMBOLS[Math.max(0, (hue || 1) - 1)];
export const dashOf = (hue) => DASHES[((hue || 1) - 1) % DASHES.length];

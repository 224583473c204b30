// Figures of the page: elements found by `data-live`.

let byKey = null;

/** Forget which element shows which figure; after a part of the page was replaced. */
export function forgetFigures() {
  byKey = null;
}

function index() {
  byKey = new Map();
  for (const element of document.querySelectorAll("[data-live]")) {
    const key = element.dataset.live;
    if (byKey.has(key)) byKey.get(key).push(element);
    else byKey.set(key, [element]);
  }
}

/** Show figures: `{KEY: [text, number]}`. Return the tables that have one that differs. */
export function showFigures(cells) {
  if (byKey === null) index();
  const tables = new Set();
  for (const [key, [text, number]] of Object.entries(cells)) {
    for (const element of byKey.get(key) ?? []) {
      if (show(element, text, number)) tables.add(element.closest("table"));
    }
  }
  tables.delete(null);
  return tables;
}

function show(element, text, number) {
  if (element instanceof SVGPolylineElement) {
    if (element.getAttribute("points") === text) return false;
    element.setAttribute("points", text);
    return false; // a sparkline is no figure of a chart
  }
  if (element instanceof HTMLMeterElement || element instanceof HTMLProgressElement) {
    element.value = number;
  } else if (element.textContent !== text) {
    element.textContent = text;
  }
  const before = element.dataset.value;
  if (number === null) delete element.dataset.value;
  else element.dataset.value = number;
  return element.dataset.value !== before;
}

// Charts beside the tables that they decorate. The table has every figure; a chart only shows them.
import { colours } from "./colours.js";
import { optionOf } from "./options.js";

const ECHARTS = "/static/vendor/echarts/echarts.min.js";
const REDRAW_MS = 1_000;
const TABLES = "table[id][data-chart]:not([data-chart=map])";

const charts = new Map(); // id of a table: its figure, and the chart once the figure has a size
const dirty = new Set();
let loading = null;
let timer = 0;

function loadECharts() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = ECHARTS;
    script.onload = () => resolve(window.echarts);
    script.onerror = () => reject(new Error(`${ECHARTS} did not load: tables stay without charts`));
    document.head.append(script);
  });
  return loading;
}

/** Draw a chart for each table that wants one, and forget those of tables that are gone. */
export async function drawCharts() {
  for (const id of [...charts.keys()]) if (!document.getElementById(id)) dispose(id);
  if (!document.querySelector(TABLES)) return;
  const echarts = await loadECharts();
  for (const table of document.querySelectorAll(TABLES)) draw(echarts, table);
}

/** Draw the charts of these tables again, at most once a second. */
export function redrawCharts(tables) {
  for (const table of tables) if (charts.has(table.id)) dirty.add(table.id);
  if (timer || !dirty.size) return;
  timer = setTimeout(() => {
    timer = 0;
    for (const id of dirty) update(id);
    dirty.clear();
  }, REDRAW_MS);
}

/** Draw all charts in the colours in force now. */
export function restyleCharts() {
  for (const id of charts.keys()) update(id);
}

/** Move the figures of a part to the part that takes its place, so that no chart is made anew. */
export function keepFigures(old, next) {
  for (const [id, { figure }] of charts) {
    if (!old.contains(figure)) continue;
    const table = next.querySelector(`#${CSS.escape(id)}`);
    if (table) anchorOf(table).before(figure);
  }
}

/** Return a figure beside a table, named for screen readers by the table's title. */
export function figureOf(table, ...classes) {
  const figure = document.createElement("figure");
  figure.classList.add("chart", ...classes);
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", `${table.dataset.title ?? "Chart"}; the figures are in the table`);
  anchorOf(table).before(figure);
  return figure;
}

/** Return the box that scrolls a table, else the table: its figure stands before. */
function anchorOf(table) {
  return table.closest(".scroll") ?? table;
}

function draw(echarts, table) {
  if (!charts.has(table.id)) {
    const figure = figureOf(table);
    const entry = { figure, chart: null, observer: null };
    entry.observer = new ResizeObserver(() => {
      if (!figure.clientWidth || !figure.clientHeight) return; // in a closed <details>
      if (entry.chart) entry.chart.resize();
      else entry.chart = echarts.init(figure, null, { renderer: "canvas" });
      update(table.id);
    });
    charts.set(table.id, entry);
    entry.observer.observe(figure);
  }
  update(table.id);
}

function update(id) {
  const table = document.getElementById(id);
  const chart = charts.get(id)?.chart;
  if (table && chart) chart.setOption(optionOf(table, colours()), { notMerge: true, lazyUpdate: true });
}

function dispose(id) {
  const { figure, chart, observer } = charts.get(id);
  observer.disconnect();
  chart?.dispose();
  figure.remove();
  charts.delete(id);
}

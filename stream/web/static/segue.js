// Everything that a page does beyond its HTML. The contract with templates is in stream/serve/live/__init__.py.
import { announceChanges, showChanges } from "./changes.js";
import { drawCharts, redrawCharts, restyleCharts } from "./charts.js";
import { showFigures } from "./figures.js";
import { listen } from "./listen.js";
import { attachMaps, movePoints, reloadMaps, restyleMaps } from "./map.js";
import { refreshParts } from "./parts.js";

const body = document.body;
const hasMap = document.querySelector("table[data-chart=map]") !== null;
const allParts = () => [...document.querySelectorAll("[data-live-part]")].map((part) => part.dataset.livePart);
const RELOAD_MS = 5_000;

/** Take parts anew; a page that was empty is loaded again as a whole. */
function refresh(names) {
  if (document.querySelector("[data-live-reload]")) setTimeout(() => location.reload(), RELOAD_MS);
  refreshParts(names, () => {
    drawCharts();
    attachMaps();
  });
}

function showNews(news) {
  redrawCharts(showFigures(news.cells ?? {}));
  if (news.changes) showChanges(news.changes);
}

const on = {
  full(news) {
    showNews(news);
    if (String(news.revision) !== body.dataset.revision) refresh(allParts());
    body.dataset.revision = news.revision;
    reloadMaps();
  },
  delta(news) {
    showNews(news);
    announceChanges(news);
    if (news.revision !== undefined) body.dataset.revision = news.revision;
    if (news.parts?.length) refresh(news.parts);
  },
  map: movePoints,
};

const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");

function restyle() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.setAttribute("aria-pressed", String(theme() === "dark"));
  }
  restyleCharts();
  restyleMaps();
}

function switchTheme() {
  const next = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("theme", next);
  } catch {
    // Storage is off: the choice holds for this page.
  }
  restyle();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-theme-switch]")) switchTheme();
});
dark.addEventListener("change", restyle);
restyle();
drawCharts();
attachMaps();
if (document.querySelector("[data-live], [data-live-part], [data-live-list], [data-live-reload], table[data-chart=map], #live-state")) {
  listen(hasMap ? "/live?map=1" : "/live", on);
}

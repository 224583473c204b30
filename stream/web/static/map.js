// The map of profiles: a plain canvas, drawn at most twice a second, with the nearest user found in a grid.
import { figureOf } from "./charts.js";
import { colourOf, colours, huesOf } from "./colours.js";

const DRAW_MS = 500;
const FULL = 65_535;
const REST_MS = 120; // of the pointer, before the server is asked
const NEAR_PX = 12;
const MARGIN_PX = 10;

let map = null; // { table, canvas, tip, made, x, y, of, segments }
let timer = 0;
let looked = 0;

/** Draw the map before its table, if the page has one. */
export function attachMaps() {
  const table = document.querySelector("table[id][data-chart=map]");
  if (!table || map?.figure.isConnected) {
    if (map && table) map.table = table;
    return schedule();
  }
  const figure = figureOf(table, "chart-map");
  const canvas = document.createElement("canvas");
  const tip = document.createElement("p");
  tip.className = "map-tip";
  tip.hidden = true;
  figure.append(canvas, tip);
  map = { table, figure, canvas, tip, made: map?.made ?? null, x: map?.x, y: map?.y, of: map?.of, segments: map?.segments ?? [] };
  new ResizeObserver(schedule).observe(figure);
  canvas.addEventListener("pointermove", (event) => look(event.offsetX, event.offsetY));
  canvas.addEventListener("pointerleave", () => hideTip());
  return schedule();
}

/** Take all points anew; after connecting, for points may have moved meanwhile. */
export async function reloadMaps() {
  if (!map) return;
  const answer = await fetch("/live/map");
  if (!answer.ok) return;
  const all = await answer.json();
  const bytes = Uint8Array.from(atob(all.points), (character) => character.charCodeAt(0));
  const numbers = new Uint16Array(bytes.buffer); // x, y, segment of each place; little-endian as every browser is
  Object.assign(map, { made: all.made, segments: all.segments, x: [], y: [], of: [] });
  for (let at = 0; at < numbers.length / 3; at++) put(at, numbers[3 * at], numbers[3 * at + 1], numbers[3 * at + 2]);
  schedule();
}

/** Move the points of an event; take all anew if they are of another layout, or if there are new ones. */
export function movePoints(news) {
  if (!map) return;
  if (news.made !== map.made) return void reloadMaps();
  map.segments = news.segments;
  for (const [at, x, y, of] of news.points) put(at, x, y, of);
  schedule();
}

/** Draw in the colours in force now. */
export function restyleMaps() {
  if (map) schedule();
}

function put(at, x, y, of) {
  map.x[at] = x;
  map.y[at] = y;
  map.of[at] = of;
}

function schedule() {
  timer ||= setTimeout(() => {
    timer = 0;
    if (map?.x) draw();
  }, DRAW_MS);
}

function draw() {
  const { canvas, figure, table, segments, x, y, of } = map;
  const width = figure.clientWidth;
  const height = figure.clientHeight;
  const scale = devicePixelRatio;
  if (!width || !height) return;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const palette = colours();
  const groups = grouped(of);
  const hues = huesOf(table, new Map([...groups].map(([segment, places]) => [segments[segment].id, places.length])));
  const hue = (segment) => hues.get(segments[segment].id) ?? 0;
  const size = x.length > 20_000 ? 2 : 3;
  map.at = { left: (at) => place(x[at], width), top: (at) => place(y[at], height) };
  for (const [segment, places] of [...groups].sort((a, b) => hue(a[0]) - hue(b[0]))) {
    pen.fillStyle = colourOf(palette, hue(segment));
    for (const at of places) pen.fillRect(map.at.left(at) - size / 2, map.at.top(at) - size / 2, size, size);
  }
  map.grid = gridOf(x.length);
  for (const [segment, places] of groups) if (hue(segment)) label(pen, palette, segments[segment].name, places, width);
}

const place = (share, length) => MARGIN_PX + (share / FULL) * (length - 2 * MARGIN_PX);

function grouped(of) {
  const groups = new Map();
  for (let at = 0; at < of.length; at++) {
    if (!groups.has(of[at])) groups.set(of[at], []);
    groups.get(of[at]).push(at);
  }
  return groups;
}

/** Write a segment's name at the median of its users: colour is not the only sign. */
function label(pen, palette, name, places, width) {
  const middle = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
  const left = middle(places.map(map.at.left));
  const top = middle(places.map(map.at.top));
  const text = name.length > 28 ? `${name.slice(0, 27)}…` : name;
  pen.font = `600 12px ${palette.font}`;
  pen.textBaseline = "middle";
  const half = pen.measureText(text).width / 2;
  const at = Math.min(Math.max(left - half, 4), Math.max(4, width - 2 * half - 4));
  pen.lineWidth = 3;
  pen.strokeStyle = palette.paper;
  pen.strokeText(text, at, top);
  pen.fillStyle = palette.ink;
  pen.fillText(text, at, top);
}

const cellOf = (left, top) => `${Math.floor(left / NEAR_PX)} ${Math.floor(top / NEAR_PX)}`;

function gridOf(n) {
  const grid = new Map();
  for (let at = 0; at < n; at++) {
    const cell = cellOf(map.at.left(at), map.at.top(at));
    if (grid.has(cell)) grid.get(cell).push(at);
    else grid.set(cell, [at]);
  }
  return grid;
}

function nearest(left, top) {
  let best = -1;
  let least = NEAR_PX * NEAR_PX;
  for (let dx = -NEAR_PX; dx <= NEAR_PX; dx += NEAR_PX) {
    for (let dy = -NEAR_PX; dy <= NEAR_PX; dy += NEAR_PX) {
      for (const at of map.grid?.get(cellOf(left + dx, top + dy)) ?? []) {
        const distance = (map.at.left(at) - left) ** 2 + (map.at.top(at) - top) ** 2;
        if (distance < least) [best, least] = [at, distance];
      }
    }
  }
  return best;
}

async function look(left, top) {
  const at = nearest(left, top);
  if (at < 0) return hideTip();
  if (at === map.shown) return;
  map.shown = at;
  const turn = ++looked;
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  if (turn !== looked) return;
  const answer = await fetch(`/live/map/${map.made}/${at}`);
  if (!answer.ok || turn !== looked) return;
  const { user, segment, summary } = await answer.json();
  map.tip.textContent = `${user.slice(0, 60)}: ${segment}${summary ? ` – ${summary}` : ""}`;
  map.tip.hidden = false;
  map.tip.style.left = `${Math.min(left, map.figure.clientWidth * 0.6)}px`;
  map.tip.style.top = `${top + 14}px`;
}

function hideTip() {
  looked += 1;
  map.shown = -1;
  map.tip.hidden = true;
}

// What ECharts is told of a table. Texts of people are drawn on a canvas and never parsed as HTML.
import { colourOf, dashOf, huesOf, symbolOf } from "./colours.js";

const LABEL_CHARS = 28;
const N_BARS = 12;
const N_FLOWS = 20;

/** Return the option of a table's chart. */
export function optionOf(table, palette) {
  const make = { bars, lines, sankey, timeline }[table.dataset.chart];
  return make ? { ...frame(palette), ...make(table, palette) } : frame(palette);
}

function frame(palette) {
  const textStyle = { color: palette.ink, fontFamily: palette.font };
  return {
    animation: false,
    textStyle,
    grid: { left: 8, right: 24, top: 12, bottom: 8, containLabel: true },
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: palette.paper,
      borderColor: palette.line,
      textStyle: { ...textStyle, fontSize: 13 },
      formatter: ({ data }) => wrapped(data?.tip ?? ""),
    },
  };
}

const short = (text) => (text.length > LABEL_CHARS ? `${text.slice(0, LABEL_CHARS - 1)}…` : text);
const wrapped = (text) => text.slice(0, 300).match(/.{1,60}(?:\s|$)|.{1,60}/g)?.join("\n") ?? "";
const numberOf = (element) => Number(element?.dataset.value ?? Number.NaN);
const textOf = (element) => (element?.textContent ?? "").trim().replace(/\s+/g, " ");
const axis = (palette, more) => ({
  axisLabel: { color: palette.soft, hideOverlap: true },
  axisLine: { lineStyle: { color: palette.line } },
  splitLine: { lineStyle: { color: palette.line } },
  ...more,
});

function bars(table, palette) {
  const rows = [...table.tBodies[0].rows]
    .map((row) => ({ id: row.dataset.id, name: textOf(row.querySelector("th")), cell: row.querySelector("td[data-value]") }))
    .filter(({ cell }) => Number.isFinite(numberOf(cell)))
    .sort((a, b) => numberOf(b.cell) - numberOf(a.cell));
  const hues = huesOf(table, new Map(rows.map(({ id, cell }) => [id, numberOf(cell)])));
  const shown = rows.slice(0, N_BARS).reverse();
  return {
    xAxis: axis(palette, { type: "value" }),
    yAxis: axis(palette, { type: "category", data: shown.map(({ name }) => short(name)), splitLine: { show: false } }),
    series: [
      {
        type: "bar",
        data: shown.map(({ id, name, cell }) => ({
          value: numberOf(cell),
          tip: `${name}: ${textOf(cell)}`,
          itemStyle: { color: colourOf(palette, hues.get(id)) },
        })),
      },
    ],
  };
}

function lines(table, palette) {
  const rows = [...table.tBodies[0].rows].filter((row) => row.querySelector("th[data-value]"));
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const series = heads
    .map((head, at) => ({ id: head.dataset.id ?? String(at), name: textOf(head), at }))
    .filter(({ at }) => rows.some((row) => row.cells[at]?.matches("td[data-value]")));
  const hues = huesOf(table, new Map(series.map(({ id, at }) => [id, numberOf(rows.at(-1).cells[at])])));
  return {
    grid: { left: 8, right: 24, top: 12, bottom: 40, containLabel: true },
    legend: { type: "scroll", bottom: 0, textStyle: { color: palette.ink }, formatter: short, pageTextStyle: { color: palette.ink } },
    xAxis: axis(palette, { type: "time", splitLine: { show: false } }),
    yAxis: axis(palette, { type: "value", scale: true }),
    series: series.map(({ id, name, at }) => ({
      type: "line",
      name,
      symbol: symbolOf(hues.get(id)),
      symbolSize: 5,
      showSymbol: rows.length < 40,
      itemStyle: { color: colourOf(palette, hues.get(id)) },
      lineStyle: { type: dashOf(hues.get(id)), width: hues.get(id) ? 2 : 1 },
      data: rows.map((row) => ({
        value: [numberOf(row.cells[0]), numberOf(row.cells[at])],
        tip: `${name}, ${textOf(row.cells[0])}: ${textOf(row.cells[at])}`,
      })),
    })),
  };
}

/** Users between segments. A segment is on the left as origin and on the right as target, for a Sankey has no cycles. */
function sankey(table, palette) {
  const found = [...table.querySelectorAll("[data-from][data-to][data-value]")]
    .map((cell) => ({ from: cell.dataset.from, to: cell.dataset.to, fromName: cell.dataset.fromName, toName: cell.dataset.toName, value: numberOf(cell) }))
    .filter(({ from, to, value }) => from !== to && value > 0)
    .sort((a, b) => b.value - a.value)
    .slice(0, N_FLOWS);
  const totals = new Map();
  const nodes = new Map();
  for (const { from, to, fromName, toName, value } of found) {
    for (const [side, id, name] of [["from", from, fromName ?? from], ["to", to, toName ?? to]]) {
      totals.set(id, (totals.get(id) ?? 0) + value);
      nodes.set(`${side} ${id}`, { side, id, name });
    }
  }
  const hues = huesOf(table, totals);
  const data = [...nodes].sort(([, a], [, b]) => totals.get(b.id) - totals.get(a.id) || (a.id < b.id ? -1 : 1));
  return {
    series: [
      {
        type: "sankey",
        layoutIterations: 0, // our order: with its own, nodes jump at each update
        left: 8, right: 8, top: 8, bottom: 8,
        nodeGap: 6,
        draggable: false,
        emphasis: { focus: "adjacency" },
        label: { color: palette.ink, formatter: ({ data: node }) => short(node.shown), overflow: "truncate", width: 150 },
        lineStyle: { color: "source", opacity: 0.35 },
        data: data.map(([key, { side, id, name }]) => ({
          name: key,
          shown: name,
          tip: `${side} ${name}`,
          itemStyle: { color: colourOf(palette, hues.get(id)) },
          label: { position: side === "from" ? "right" : "left" },
        })),
        links: found.map(({ from, to, fromName, toName, value }) => ({
          source: `from ${from}`,
          target: `to ${to}`,
          value,
          tip: `${fromName ?? from} → ${toName ?? to}: ${value.toLocaleString("en")}`,
        })),
      },
    ],
  };
}

function timeline(table, palette) {
  const rows = [...table.querySelectorAll("tr[data-time]")].map((row) => ({
    lane: row.dataset.lane ?? "",
    from: Number(row.dataset.time),
    to: row.dataset.end ? Number(row.dataset.end) : null,
    kind: row.dataset.kind ?? "",
    tip: textOf(row),
  }));
  const lanes = [...new Set(rows.map(({ lane }) => lane))];
  const kinds = [...new Set(rows.map(({ kind }) => kind))].sort();
  const hue = (kind) => (kinds.indexOf(kind) % 8) + 1;
  const place = ({ lane, from, tip, kind }) => ({ value: [from, lanes.indexOf(lane)], tip, symbol: symbolOf(hue(kind)), itemStyle: { color: colourOf(palette, hue(kind)) } });
  const bar = ({ lane, from, to, tip }) => ({ value: [from, lanes.indexOf(lane), to], tip });
  return {
    xAxis: axis(palette, { type: "time" }),
    yAxis: axis(palette, { type: "category", inverse: true, data: lanes.map(short) }),
    series: [
      { type: "custom", encode: { x: [0, 2], y: 1 }, data: rows.filter(({ to }) => to !== null).map(bar), renderItem: (_, api) => rectangle(api, palette) },
      { type: "scatter", symbolSize: 12, data: rows.filter(({ to }) => to === null).map(place) },
    ],
  };
}

function rectangle(api, palette) {
  const [left, y] = api.coord([api.value(0), api.value(1)]);
  const [right] = api.coord([api.value(2), api.value(1)]);
  const height = Math.min(22, api.size([0, 1])[1] * 0.6);
  return {
    type: "rect",
    shape: { x: left, y: y - height / 2, width: Math.max(2, right - left), height },
    style: { fill: palette.hues[0] },
  };
}

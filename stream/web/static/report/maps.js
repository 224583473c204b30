"use strict";
/* The maps of a report: plain canvas in two dimensions, plotly in three. Texts are written with textContent only. */
(() => {
  const element = document.getElementById("report-data");
  if (!element) return;
  const data = JSON.parse(element.textContent);
  const raw = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;
  const reasonOf = new Uint32Array(raw(data.reasons.codes));
  const colourings = data.colourings.map((each) => ({ ...each, codes: new Uint16Array(raw(each.codes)) }));
  const n = data.users.length, N_HUES = 8;
  const SYMBOLS = ["circle", "square", "diamond", "cross", "x", "circle-open", "square-open", "diamond-open"];
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const state = { colouring: 0, selected: -1, person: -1 };
  const views = [];

  /* The hue of each label: the selected one alone, else the eight commonest; the rest is grey (N_HUES). */
  const hueOf = (code) => {
    if (state.selected >= 0) return code === state.selected ? 0 : N_HUES;
    return code < Math.min(N_HUES, colourings[state.colouring].labels.length) ? code : N_HUES;
  };
  const labelOf = (person, colouring = state.colouring) =>
    colourings[colouring].labels[colourings[colouring].codes[person]] ?? "other or none";
  const describe = (person) => [
    `user ${data.users[person]}`,
    colourings.map((each, at) => `${each.name}: ${labelOf(person, at)}`).join(" · "),
    data.reasons.texts[reasonOf[person]] || "no change known",
  ];
  const fill = (box, person) => {
    box.replaceChildren(...describe(person).map((text, at) => {
      const line = document.createElement(at === 0 ? "b" : "span");
      line.textContent = text;
      line.dir = "auto";
      return line;
    }));
    box.hidden = false;
  };

  const draw = {
    circle: (c, x, y, r) => { c.beginPath(); c.arc(x, y, r, 0, 7); c.fill(); },
    square: (c, x, y, r) => c.fillRect(x - r, y - r, 2 * r, 2 * r),
    diamond: (c, x, y, r) => { diamond(c, x, y, r * 1.3); c.fill(); },
    cross: (c, x, y, r) => { c.fillRect(x - r * 1.3, y - r / 2, r * 2.6, r); c.fillRect(x - r / 2, y - r * 1.3, r, r * 2.6); },
    x: (c, x, y, r) => { c.beginPath(); c.moveTo(x - r, y - r); c.lineTo(x + r, y + r); c.moveTo(x + r, y - r); c.lineTo(x - r, y + r); c.stroke(); },
    "circle-open": (c, x, y, r) => { c.beginPath(); c.arc(x, y, r, 0, 7); c.stroke(); },
    "square-open": (c, x, y, r) => c.strokeRect(x - r, y - r, 2 * r, 2 * r),
    "diamond-open": (c, x, y, r) => { diamond(c, x, y, r * 1.3); c.stroke(); },
  };
  const diamond = (c, x, y, r) => { c.beginPath(); c.moveTo(x, y - r); c.lineTo(x + r, y); c.lineTo(x, y + r); c.lineTo(x - r, y); c.closePath(); };

  class FlatMap {
    constructor(figure, map) {
      this.figure = figure;
      this.canvas = figure.querySelector("canvas");
      this.box = figure.querySelector(".who");
      const steps = new Int16Array(raw(map.places));
      this.x = Float32Array.from({ length: n }, (_, i) => steps[2 * i] / 65000);
      this.y = Float32Array.from({ length: n }, (_, i) => -steps[2 * i + 1] / 65000);
      this.reset();
      this.listen();
      new ResizeObserver(() => this.paint()).observe(this.canvas);
    }
    reset() { this.zoom = 1; this.dx = 0; this.dy = 0; }
    measure() {
      const box = this.canvas.getBoundingClientRect(), ratio = devicePixelRatio || 1;
      this.w = box.width; this.h = box.height;
      this.canvas.width = Math.round(box.width * ratio); this.canvas.height = Math.round(box.height * ratio);
      this.scale = Math.min(this.w, this.h) * 0.94 * this.zoom;
      this.context = this.canvas.getContext("2d");
      this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    px(i) { return this.w / 2 + (this.x[i] + this.dx) * this.scale; }
    py(i) { return this.h / 2 + (this.y[i] + this.dy) * this.scale; }
    paint() {
      this.measure();
      if (!this.w) return;
      const c = this.context, codes = colourings[state.colouring].codes;
      const r = Math.min(5, (n > 3000 ? 2 : 2.8) * Math.sqrt(this.zoom));
      c.clearRect(0, 0, this.w, this.h);
      c.lineWidth = 1.2;
      for (let hue = N_HUES; hue >= 0; hue--) {  // grey first, the commonest last
        c.fillStyle = c.strokeStyle = style(hue === N_HUES ? "--hue-rest" : `--hue-${hue + 1}`);
        c.globalAlpha = hue === N_HUES ? 0.45 : 0.8;
        const symbol = draw[hue === N_HUES ? "circle" : SYMBOLS[hue]];
        for (let i = 0; i < n; i++) if (hueOf(codes[i]) === hue) symbol(c, this.px(i), this.py(i), hue === N_HUES ? r * 0.8 : r);
      }
      c.globalAlpha = 1;
      this.labels(codes);
      if (state.person >= 0) {
        c.strokeStyle = style("--ink"); c.lineWidth = 2;
        c.beginPath(); c.arc(this.px(state.person), this.py(state.person), 8, 0, 7); c.stroke();
      }
    }
    labels(codes) {
      const c = this.context, taken = [], middle = (list) => list.sort((a, b) => a - b)[list.length >> 1];
      c.font = "600 12px system-ui, sans-serif"; c.textAlign = "center"; c.textBaseline = "middle";
      c.lineWidth = 3.5; c.lineJoin = "round"; c.strokeStyle = style("--paper"); c.fillStyle = style("--ink");
      colourings[state.colouring].labels.forEach((label, code) => {
        if (hueOf(code) === N_HUES) return;
        const rows = []; for (let i = 0; i < n; i++) if (codes[i] === code) rows.push(i);
        const text = label.length > 28 ? `${label.slice(0, 27)}…` : label, half = c.measureText(text).width / 2;
        const x = Math.max(half + 4, Math.min(this.w - half - 4, middle(rows.map((i) => this.px(i)))));
        const y = middle(rows.map((i) => this.py(i)));
        if (taken.some(([a, b, d]) => Math.abs(a - x) < d + half + 4 && Math.abs(b - y) < 16)) return;
        taken.push([x, y, half]);
        c.strokeText(text, x, y); c.fillText(text, x, y);
      });
    }
    nearest(x, y, allowed) {
      let best = -1, least = allowed ? Infinity : 14 * 14;
      for (let i = 0; i < n; i++) {
        const a = this.px(i) - x, b = this.py(i) - y, d = a * a + b * b;
        if (d < least && (!allowed || allowed(a, b, i))) { least = d; best = i; }
      }
      return best;
    }
    show(person) { state.person = person; if (person >= 0) fill(this.box, person); else this.box.hidden = true; repaint(this); }
    at(event) { const box = this.canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; }
    zoomBy(factor, x = this.w / 2, y = this.h / 2) {
      const zoom = Math.max(1, Math.min(60, this.zoom * factor)), next = Math.min(this.w, this.h) * 0.94 * zoom;
      this.dx += (x - this.w / 2) * (1 / next - 1 / this.scale);
      this.dy += (y - this.h / 2) * (1 / next - 1 / this.scale);
      this.zoom = zoom;
      this.paint();
    }
    listen() {
      let from = null;
      const canvas = this.canvas;
      canvas.addEventListener("pointerdown", (event) => { from = this.at(event); canvas.setPointerCapture(event.pointerId); });
      canvas.addEventListener("pointerup", () => { from = null; });
      canvas.addEventListener("pointermove", (event) => {
        const [x, y] = this.at(event);
        if (from && event.buttons) {
          this.dx += (x - from[0]) / this.scale; this.dy += (y - from[1]) / this.scale; from = [x, y];
          this.paint();
        } else this.show(this.nearest(x, y));
      });
      canvas.addEventListener("wheel", (event) => {
        if (!event.ctrlKey && document.activeElement !== canvas) return;  // else the page could not be scrolled
        event.preventDefault(); this.zoomBy(event.deltaY < 0 ? 1.25 : 0.8, ...this.at(event));
      }, { passive: false });
      canvas.addEventListener("keydown", (event) => this.key(event));
    }
    key(event) {
      const to = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (to) {
        const here = state.person, x = here < 0 ? this.w / 2 : this.px(here), y = here < 0 ? this.h / 2 : this.py(here);
        const next = this.nearest(x, y, (a, b, i) => i !== here && a * to[0] + b * to[1] > 3 && Math.abs(a * to[0] + b * to[1]) >= Math.abs(a * to[1] + b * to[0]));
        if (next >= 0) this.show(next);
      } else if (event.key === "+" || event.key === "=") this.zoomBy(1.4);
      else if (event.key === "-") this.zoomBy(1 / 1.4);
      else if (event.key === "0") { this.reset(); this.paint(); }
      else if (event.key === "Escape") this.show(-1);
      else return;
      event.preventDefault();
    }
  }

  class SolidMap {
    constructor(figure, map) {
      this.figure = figure;
      this.plot = figure.querySelector(".plot");
      this.box = figure.querySelector(".who");
      const steps = new Int16Array(raw(map.places));
      this.axes = [0, 1, 2].map((axis) => Float32Array.from({ length: n }, (_, i) => steps[3 * i + axis] / 65000));
      new IntersectionObserver((entries, observer) => {
        if (!entries.some((each) => each.isIntersecting)) return;
        observer.disconnect(); this.seen = true; this.paint();  // drawn when first in view: it takes a second
      }, { rootMargin: "200px" }).observe(this.plot);
    }
    traces() {
      const codes = colourings[state.colouring].codes, rows = Array.from({ length: N_HUES + 1 }, () => []);
      for (let i = 0; i < n; i++) rows[hueOf(codes[i])].push(i);
      return rows.map((each, hue) => ({
        type: "scatter3d", mode: "markers", hoverinfo: "none", customdata: each,
        x: each.map((i) => this.axes[0][i]), y: each.map((i) => this.axes[1][i]), z: each.map((i) => this.axes[2][i]),
        marker: { size: hue === N_HUES ? 1.4 : 2.2, symbol: SYMBOLS[hue] ?? "circle", color: style(hue === N_HUES ? "--hue-rest" : `--hue-${hue + 1}`), opacity: hue === N_HUES ? 0.45 : 0.85, line: { width: 0 } },
      })).filter((trace) => trace.x.length);
    }
    paint() {
      if (!this.seen) return;
      const axis = { title: { text: "" }, showticklabels: false, zeroline: false, gridcolor: style("--line"), showspikes: false };
      const layout = {
        margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, paper_bgcolor: "rgba(0,0,0,0)", uirevision: 1,
        font: { family: "system-ui, sans-serif" }, hovermode: "closest",
        scene: { xaxis: axis, yaxis: axis, zaxis: axis, aspectmode: "data", camera: { eye: { x: 1.15, y: 1.15, z: 0.75 } } },
      };
      Plotly.react(this.plot, this.traces(), layout, { displayModeBar: false, responsive: true, scrollZoom: false });
      if (this.listening) return;
      this.listening = true;
      this.plot.on("plotly_hover", (event) => { const [at] = event.points; state.person = at.customdata; fill(this.box, state.person); repaint(this); });
    }
  }

  const repaint = (only) => views.forEach((view) => { if (view instanceof FlatMap || !only) view.paint(); });
  const legend = () => {
    const { labels, counts, codes } = colourings[state.colouring], list = document.getElementById("legend");
    const shown = state.selected >= 0 ? [state.selected] : labels.slice(0, N_HUES).map((_, code) => code);
    const others = n - shown.reduce((sum, code) => sum + counts[code], 0);
    list.replaceChildren(...[...shown.map((code) => [hueOf(code), labels[code], counts[code]]), [N_HUES, "all others", others]].filter(([, , count]) => count).map(([hue, label, count]) => {
      const item = document.createElement("li"), mark = document.createElement("i"), text = document.createElement("span");
      mark.className = hue === N_HUES ? "mark" : `mark hue-${hue + 1}`; mark.dataset.symbol = hue === N_HUES ? "circle" : SYMBOLS[hue];
      text.textContent = `${label} (${count.toLocaleString("en")})`; text.dir = "auto";
      item.append(mark, text);
      return item;
    }));
  };
  const options = (select, texts, first) => select.replaceChildren(...[...(first ? [[-1, first]] : []), ...texts.map((text, at) => [at, text])].map(([value, text]) => {
    const option = document.createElement("option"); option.value = value; option.textContent = text; return option;
  }));
  const byId = (id) => document.getElementById(id);
  const choose = (colouring, selected) => { state.colouring = colouring; state.selected = selected; legend(); repaint(); };
  const labelsToSelect = () => options(byId("selected"), colourings[state.colouring].labels, "the eight largest");

  document.querySelectorAll("[data-map]").forEach((figure) => {
    const map = data.maps[Number(figure.dataset.map)];
    views.push(map.dims === 2 ? new FlatMap(figure, map) : new SolidMap(figure, map));
  });
  options(byId("colouring"), colourings.map((each) => (each.name === "segment" ? "segment" : `trait ${each.name}`)));
  byId("colouring").addEventListener("change", (event) => { state.colouring = Number(event.target.value); labelsToSelect(); choose(state.colouring, -1); });
  byId("selected").addEventListener("change", (event) => choose(state.colouring, Number(event.target.value)));
  byId("find").addEventListener("change", (event) => {
    const person = data.users.indexOf(event.target.value.trim());
    byId("found").textContent = person >= 0 ? describe(person).join(" — ") : event.target.value ? "not among the users on the maps" : "";
    const flat = views.find((view) => view instanceof FlatMap);
    if (flat) flat.show(person);
  });
  document.querySelectorAll("[data-show]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const code = colourings[0].keys.indexOf(button.dataset.show);
      byId("colouring").value = "0"; state.colouring = 0; labelsToSelect(); byId("selected").value = String(code);
      choose(0, code); byId("maps").scrollIntoView();
    });
  });
  labelsToSelect(); legend();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => repaint());
  document.addEventListener("themechange", () => repaint());
  document.documentElement.classList.add("with-maps");
})();

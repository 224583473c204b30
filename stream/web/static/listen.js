// One stream of events: connects, tells its state, and connects again by itself for as long as the page is open.
import { showFigures } from "./figures.js";

const SILENCE_MS = 30_000; // three heartbeats
const PAUSES_MS = [1_000, 2_000, 5_000, 15_000, 30_000]; // after a refusal: full, or the server is not there
const STALE_MS = 60_000;

const state = { source: null, timer: 0, failures: 0, heard: 0, lost: 0, age: null };

/** Listen to a stream: `on` has a function for each event. */
export function listen(address, on) {
  const connect = () => {
    close();
    const source = new EventSource(address);
    state.source = source;
    for (const [name, take] of Object.entries(on)) {
      source.addEventListener(name, (event) => {
        state.heard = performance.now();
        state.failures = 0;
        const news = JSON.parse(event.data);
        if (news.status) showState(news.status);
        take(news);
      });
    }
    source.onerror = () => {
      showLost();
      if (source.readyState === EventSource.CLOSED) again(connect); // refused; else the browser connects again
    };
    state.heard = performance.now();
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : connect()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && connect());
  setInterval(() => watch(connect), 1_000);
  if (!document.hidden) connect();
}

function close() {
  clearTimeout(state.timer);
  state.source?.close();
  state.source = null;
}

function again(connect) {
  close();
  const pause = PAUSES_MS[Math.min(state.failures++, PAUSES_MS.length - 1)];
  state.timer = setTimeout(connect, pause * (0.75 + Math.random() / 2)); // not all pages at the same moment
}

/** Once a second: show the age of the figures, and take a stream that is silent for lost. */
function watch(connect) {
  showAge();
  if (state.lost && performance.now() - state.lost > STALE_MS) showLost();
  if (state.source && performance.now() - state.heard > SILENCE_MS) {
    showLost();
    connect();
  }
}

function showState({ state: name, sentence, age_ms, lag }) {
  state.lost = 0;
  state.age = age_ms === null ? null : { ms: age_ms, at: performance.now() };
  setState(name, sentence);
  showFigures({ "freshness:lag": lag });
  showAge();
}

function showLost() {
  if (!state.lost) state.lost = performance.now();
  const since = new Date(Date.now() - (performance.now() - state.lost)).toISOString().slice(11, 19);
  const stale = performance.now() - state.lost > STALE_MS;
  setState(
    stale ? "stale" : "reconnecting",
    stale ? `Stale since ${since} UTC: Segue does not answer.` : `Reconnecting: Segue does not answer since ${since} UTC.`,
  );
}

/** Write only what differs: a screen reader reads the element at every change. */
function setState(name, sentence) {
  const element = document.getElementById("live-state");
  if (!element) return;
  if (element.dataset.state !== name) element.dataset.state = name;
  if (element.textContent !== sentence) element.textContent = sentence;
}

function showAge() {
  if (!state.age) return;
  const s = Math.max(0, Math.round((state.age.ms + performance.now() - state.age.at) / 1_000));
  const text = s < 120 ? `${s} s` : s < 7_200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3_600)} h`;
  for (const element of document.querySelectorAll('[data-live="freshness:age"]')) element.textContent = text;
}

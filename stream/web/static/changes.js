// The list of latest changes: new ones on top, held by a button, told in summary to a screen reader.

const ANNOUNCE_MS = 20_000;

let held = false;
let waiting = []; // while held: the newest of what came, no more than the list shows
let announced = performance.now();
let counted = 0;

const list = () => document.querySelector('[data-live-list="changes"]');

document.addEventListener("click", (event) => {
  const button = event.target.closest?.('[data-live-pause="changes"]');
  if (!button) return;
  held = !held;
  button.setAttribute("aria-pressed", String(held));
  if (!held) showChanges([]);
});

/** Show changes, the oldest first; a row counts those that were left out. */
export function showChanges(changes) {
  const element = list();
  const template = element?.querySelector("template");
  if (!template) return;
  const most = Number(element.dataset.rows) || 30;
  const newest = waiting.at(-1)?.row ?? Number(template.nextElementSibling?.dataset.row ?? -1); // -1: an empty list
  const fresh = changes.filter(({ row }) => row > newest);
  if (fresh.length && newest >= 0 && fresh[0].row > newest + 1) waiting.push({ omitted: fresh[0].row - newest - 1 });
  waiting = waiting.concat(fresh).slice(-most);
  if (held || element.contains(document.activeElement)) return;
  for (const change of waiting) template.after(change.omitted ? omission(change.omitted) : item(template, change));
  waiting = [];
  while (element.children.length - 1 > most) element.lastElementChild.remove();
}

function omission(n) {
  const made = document.createElement("li");
  made.className = "soft";
  made.textContent = `… ${n.toLocaleString("en")} more`;
  return made;
}

function item(template, change) {
  const made = template.content.cloneNode(true);
  for (const field of made.querySelectorAll("[data-field]")) field.textContent = change[field.dataset.field] ?? "";
  for (const time of made.querySelectorAll("time[data-field=time]")) time.dateTime = change.iso;
  for (const link of made.querySelectorAll("a[data-link]")) {
    const address = change.links[link.dataset.link];
    if (address) link.href = address;
  }
  made.firstElementChild.dataset.row = change.row;
  return made;
}

/** Tell how many users changed, at most every 20 seconds and not while the list is held. */
export function announceChanges(news) {
  counted += news.changed ?? 0;
  const region = document.querySelector("[data-announce]");
  if (!region || held || !counted || performance.now() - announced < ANNOUNCE_MS) return;
  announced = performance.now();
  region.textContent = `${counted} ${counted === 1 ? "change" : "changes"} of segment since the last message`;
  counted = 0;
}

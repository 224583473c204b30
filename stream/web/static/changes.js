// The list of latest changes: new ones on top, held by a button, told in summary to a screen reader.

const ANNOUNCE_MS = 20_000;

let held = false;
let gap = false;
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

/** Show changes, the oldest first; after a gap older ones go, so that the list leaves none out between two. */
export function showChanges(changes, changed = changes.length) {
  const element = list();
  const template = element?.querySelector("template");
  if (!template) return;
  const most = Number(element.dataset.rows) || 30;
  const newest = waiting.at(-1)?.row ?? Number(template.nextElementSibling?.dataset.row ?? -1);
  if (changed > changes.length || (changes.length && newest >= 0 && changes[0].row > newest + 1)) gap = true;
  waiting = (changed > changes.length ? [] : waiting).concat(changes.filter(({ row }) => row > newest)).slice(-most);
  if (held || element.contains(document.activeElement)) return;
  if (gap) while (element.lastElementChild !== template) element.lastElementChild.remove();
  gap = false;
  const shown = new Set([...element.children].map((item) => item.dataset.row));
  for (const change of waiting) {
    if (!shown.has(String(change.row))) template.after(item(template, change));
  }
  waiting = [];
  while (element.children.length - 1 > most) element.lastElementChild.remove();
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

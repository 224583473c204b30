"""The live half of the dashboard: one stream of server-sent events for all pages.

* `status`, `board`: the state, and every live figure of one revision
* `points`: the map of profiles as numbers
* `events`, `pump`: bytes, encoded once for all browsers
* `source`: the store, read in a thread
* `router`: the routes

The rest of this page is the contract between templates (`stream/web/templates`) and scripts (`stream/web/static`).
Scripts never make text: pages are complete without them, and a live figure arrives as the text to show.

**Once in every page.** `<script src="/static/theme.js"></script>` in the head, before the styles, sets `data-theme` of
`<html>` to `light` or `dark` if the reader chose one. `<script type="module" src="/static/segue.js"></script>` does all
the rest and loads ECharts only where a chart is.

```
<body data-revision="512">                        revision of the store that the page was made from
<p id="live-state" role="status" data-state="…">  state as a sentence; `data-state` is a state below
<span data-live="freshness:age"></span>           age of the figures, outside of the role=status
<p data-announce aria-live="polite">              visually hidden; a summary at most every 20 seconds
<button type="button" data-theme-switch>          light or dark
<noscript>                                        for readers without scripts: figures are of the time of the page
```

States: `live`, `catching_up`, `reconnecting` (server to Kafka, or browser to server), `stale`, `no_topics`, `file`.

**A live figure** is any element with `data-live="KEY"`. Its text becomes the new text, its `data-value` the number,
and `value` or `points` too if it is a `<meter>`, `<progress>` or `<polyline>`. Keys:

```
total:n_users  total:n_segments  total:n_unknown  total:n_inactive  total:n_changes  total:newest
segment:ID:n_users  :share  :entered  :left  :trend  :sizes           sizes: points of a polyline, 100 × 24
freshness:lag  freshness:age
```

**A live part** is an element with `data-live-part="NAME"` and an `id`. At news of NAME the script fetches the page
again, at most every 5 seconds. The new element takes the place of the old one, unless both are equal.
Focus returns to the element with the same `id`, and scroll positions of elements with an `id` stay. Names: `segments`
(ids, names, order), `changes`, `flows`, `models` (models, promotions, lineage), `health` (with warnings), `samples`.

A page that has nothing to show yet says so in an element with `data-live-reload`: at any news it is loaded again.

**Latest changes.** `<ol data-live-list="changes" data-rows="30">`, the newest first. Its first child is a `<template>`
with the shape of an item. Items that the server made have `data-row`, the row in the store. Elements with
`data-field="user|summary|time"` get the text, `<a data-link="user|change">` the address.
`<button type="button" data-live-pause="changes" aria-pressed="false">` holds the list; its text stays.

**A chart** is drawn before a `<table id=… data-chart="KIND" data-title="…">` in a `<figure>` that the script adds.
A number of a cell is in `data-value`; the text of its row's `<th scope="row">` is its label.

```
bars      <tr data-id="s-0001"><th scope="row">name<td data-value="12">    the first such cell of a row
lines     <thead><th>time<th data-id="s-0001">name … <tr><th scope="row" data-value="MS"><td data-value="12"> …
sankey    any element with data-from data-to data-from-name data-to-name data-value; the 20 largest are drawn
timeline  <tr data-time="MS" data-end="MS, or none" data-lane="name" data-kind="born">; the label is the row's text
map       <tr data-id="s-0001"><th scope="row">name<td data-value="12">    legend of the map; without rows: all grey
```

`data-selected="s-0001 s-0002"` on the table says which segments have a hue; without it the eight largest have. Hues are
`--hue-1` to `--hue-8` of the styles, others `--hue-rest`; other colours come from `--ink`, `--ink-soft`, `--line`,
`--paper`, and `--font`. The script adds the classes `chart` and `chart-map` to the figure, whose height is the styles'.

**Events of `/live`**, each a JSON object; the id is the revision. A page with a map asks for `/live?map=1`.

```
full   {revision, status, cells: {KEY: [text, number]}, changes: [...]}    after connecting
delta  what of these is new, changed: how many changes, and parts: [NAME, ...]; status alone is the heartbeat
map    {made, segments: [{id, name}], points: [[place, x, y, segment], ...]}    users who moved; x, y up to 65535
status {state, sentence, since_ms, age_ms, lag: [text, number]}
```

* `router`: the routes
"""

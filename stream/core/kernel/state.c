/* A partition: its users set one by one, and the results of steps staged, committed or rolled back. */
#include "kernel.h"
#include <stdlib.h>

EXPORT Partition *segue_partition(int32_t dimension) {
  Partition *partition = checked(calloc(1, sizeof(Partition)));
  names_init(&partition->names);
  texts_init(&partition->texts, (size_t)(dimension + PADDED - 1) / PADDED * PADDED);
  texts_init(&partition->kinds, 0);
  return partition;
}

EXPORT void segue_free(Partition *partition) {
  for (size_t i = 0; i < partition->n_rows; i++) free(partition->rows[i]);
  for (size_t i = 0; i < partition->n_symbols; i++) free(partition->symbols[i].bytes);
  free(partition->rows), free(partition->free_rows), free(partition->where), free(partition->symbols);
  free(partition->names.slots), free(partition->timers.at);
  texts_free(&partition->texts), texts_free(&partition->kinds);
  free(partition);
}

EXPORT void segue_symbol(Partition *partition, const uint8_t *bytes, uint32_t n) {
  partition->symbols = grown(partition->symbols, partition->n_symbols + 1, &partition->symbol_capacity, sizeof *partition->symbols);
  partition->symbols[partition->n_symbols].bytes = memcpy(checked(malloc(n + 1)), bytes, n);
  partition->symbols[partition->n_symbols++].n = n;
}

/* ---- rows ---- */

static int64_t add_row(Partition *partition, User *user) {
  size_t row = partition->n_free ? partition->free_rows[--partition->n_free] : partition->n_rows++;
  partition->rows = grown(partition->rows, partition->n_rows, &partition->row_capacity, sizeof(User *));
  partition->where = grown(partition->where, partition->n_rows, &partition->where_capacity, sizeof(int32_t));
  partition->rows[row] = user, partition->where[row] = NONE;
  names_put(&partition->names, user->hash, (uint32_t)row);
  return (int64_t)row;
}

static void remove_row(Partition *partition, int64_t row) {
  names_remove(&partition->names, partition->rows[row]->hash, (uint32_t)row);
  partition->rows[row] = NULL;
  partition->free_rows = grown(partition->free_rows, partition->n_free + 1, &partition->free_capacity, sizeof(uint32_t));
  partition->free_rows[partition->n_free++] = (uint32_t)row;
}

static User *block_of(const User *user) { return memcpy(checked(malloc(size_of(user))), user, size_of(user)); }

static void drop_items(Partition *partition, const User *user) {
  for (int32_t i = 0; i < user->n_items; i++) {
    texts_drop(&partition->texts, items_of(user)[i].text);
    texts_drop(&partition->kinds, items_of(user)[i].kind);
  }
}

/* ---- from records and tests ---- */

typedef struct { /* users as columns; their items one after another, `item_ends` of each user */
  int64_t n;
  const User *heads;
  Strings names, traces, traits, ids, texts, kinds;
  const int64_t *item_ends, *label_ends, *times_ms;
  const double *amounts;
  const int32_t *text_of, *kind_of, *slots;
  const int8_t *vectors; /* of the texts, padded */
  const float *scales;
  const uint8_t *stale, *codes;
  const Label *labels;
} Users;

EXPORT void segue_put(Partition *partition, const Users *users) {
  int64_t item = 0, label = 0;
  for (int64_t i = 0; i < users->n; i++) {
    uint32_t n_name, n_trace, n_traits;
    const uint8_t *name = string_of(&users->names, i, &n_name), *trace = string_of(&users->traces, i, &n_trace);
    const uint8_t *traits = string_of(&users->traits, i, &n_traits);
    uint64_t hash = hash_of(name, n_name);
    int64_t n_items = users->item_ends[i] - item, id_start = item ? users->ids.ends[item - 1] : 0;
    User head = users->heads[i];
    head.hash = hash, head.n_name = (uint16_t)n_name, head.n_trace = (uint16_t)n_trace, head.n_traits = n_traits;
    head.n_items = (uint8_t)n_items, head.n_labels = (uint8_t)(users->label_ends[i] - label);
    head.n_ids = n_items ? (uint32_t)(users->ids.ends[item + n_items - 1] - id_start) : 0;
    User *user = checked(malloc(size_of(&head)));
    *user = head;
    for (int32_t j = 0; j < user->n_items; j++, item++) {
      int32_t text = users->text_of[item], kind = users->kind_of[item];
      TextKey text_key = {.vector = users->vectors + (size_t)text * partition->texts.width, .scale = users->scales[text],
                          .stale = users->stale[text]};
      TextKey kind_key = {.code = users->codes[kind]};
      text_key.bytes = string_of(&users->texts, text, &text_key.n);
      kind_key.bytes = string_of(&users->kinds, kind, &kind_key.n);
      items_of(user)[j] = (Item){users->times_ms[item], users->amounts[item], texts_use(&partition->texts, &text_key),
                                 texts_use(&partition->kinds, &kind_key),
                                 (uint32_t)(users->ids.ends[item] - id_start), (uint32_t)users->slots[item]};
    }
    for (int32_t j = 0; j < user->n_labels; j++) labels_of(user)[j] = users->labels[label++];
    if (n_name) memcpy(name_of(user), name, n_name);
    if (user->n_ids) memcpy(ids_of(user), users->ids.bytes + id_start, user->n_ids);
    if (n_trace) memcpy(trace_of(user), trace, n_trace);
    if (n_traits) memcpy(traits_of(user), traits, n_traits);
    int64_t row = find_row(partition, name, n_name, hash);
    if (row < 0) {
      add_row(partition, user);
      continue;
    }
    drop_items(partition, partition->rows[row]);
    free(partition->rows[row]);
    partition->rows[row] = user;
  }
}

/* Set every timer anew, from the states of the users; those due at or before after_ms have fired. */
EXPORT void segue_set_timers(Partition *partition, const Rules *rules, int64_t after_ms) {
  partition->timers.n = 0;
  for (size_t row = 0; row < partition->n_rows; row++) {
    User *user = partition->rows[row];
    if (!user) continue;
    user->expiry_ms = user->n_items ? items_of(user)[0].time_ms + rules->window_ms + 1 : 0;
    if (user->expiry_ms > after_ms) heap_push(&partition->timers, (Timer){user->expiry_ms, user->hash, (uint32_t)row, 0});
    int64_t due_ms = dwell_due_ms(rules, user);
    if (due_ms > after_ms) heap_push(&partition->timers, (Timer){due_ms, user->hash, (uint32_t)row, 1});
  }
}

/* ---- questions ---- */

EXPORT int64_t segue_n_users(const Partition *partition) { return (int64_t)partition->names.n; }
EXPORT int64_t segue_n_rows(const Partition *partition) { return (int64_t)partition->n_rows; }
EXPORT const User *segue_user(const Partition *partition, int64_t row) { return partition->rows[row]; }
EXPORT int64_t segue_next_due_ms(const Partition *partition) { return partition->timers.n ? partition->timers.at[0].due_ms : NONE; }

/* Count the users of each segment, by symbol, and all bytes of users and texts, which are the result. */
EXPORT int64_t segue_census(const Partition *partition, int64_t *sizes) {
  size_t n_bytes = 0;
  for (size_t row = 0; row < partition->n_rows; row++) {
    const User *user = partition->rows[row];
    if (user) sizes[user->segment]++, n_bytes += size_of(user);
  }
  const Texts *texts = &partition->texts;
  for (size_t i = 0; i < texts->n; i++)
    if (texts->at[i]) n_bytes += sizeof(Text) + texts->width + texts->at[i]->n_bytes;
  return (int64_t)n_bytes;
}

EXPORT void segue_find(const Partition *partition, const Strings *names, int64_t *rows) {
  for (int64_t i = 0; i < names->n; i++) {
    uint32_t n;
    const uint8_t *name = string_of(names, i, &n);
    rows[i] = find_row(partition, name, n, hash_of(name, n));
  }
}

EXPORT const uint8_t *segue_text(const Partition *partition, uint32_t number, int32_t is_kind, const Text **text) {
  const Texts *texts = is_kind ? &partition->kinds : &partition->texts;
  *text = texts->at[number];
  return (const uint8_t *)(*text)->vector + texts->width;
}

/* The strings of texts or kinds one after another, as far as there is room, and the end of each; returns their size. */
EXPORT int64_t segue_strings(const Partition *partition, const uint32_t *numbers, int64_t n, int32_t is_kind, uint8_t *to,
                             int64_t room, int64_t *ends) {
  const Texts *texts = is_kind ? &partition->kinds : &partition->texts;
  int64_t size = 0;
  for (int64_t i = 0; i < n; i++) {
    const Text *text = texts->at[numbers[i]];
    if (size + text->n_bytes <= room && text->n_bytes) memcpy(to + size, text->vector + texts->width, text->n_bytes);
    ends[i] = size += text->n_bytes;
  }
  return size;
}

/* Rows of timers due at or before until_ms; at most `capacity` are written. */
EXPORT int64_t segue_due_rows(const Partition *partition, int64_t until_ms, uint32_t *rows, int64_t capacity) {
  Heap due = {0};
  heap_due(&partition->timers, until_ms, &due);
  for (size_t i = 0; i < due.n && (int64_t)i < capacity; i++) rows[i] = due.at[i].row;
  free(due.at);
  return (int64_t)due.n;
}

/* ---- the result of a step ---- */

enum { KIND = NEW_TEXT }; /* marks a kind among the references */

static void refer(References *to, uint32_t number, uint32_t mark) {
  to->at = grown(to->at, to->n + 1, &to->capacity, sizeof(uint32_t));
  to->at[to->n++] = number | mark;
}

static void drop_references(Partition *partition, const References *all) {
  for (size_t i = 0; i < all->n; i++)
    texts_drop(all->at[i] & KIND ? &partition->kinds : &partition->texts, all->at[i] & ~(uint32_t)KIND);
}

/* The number of a text or kind of the batch in the partition, with one reference more; `known` is NEW_TEXT at first. */
static uint32_t use(Step *step, Texts *texts, const TextKey *key, uint32_t *known, uint32_t mark) {
  if (*known == NEW_TEXT) *known = texts_use(texts, key);
  else texts->at[*known]->n_references++;
  refer(&step->added, *known, mark);
  return *known;
}

static uint32_t use_text(Step *step, uint32_t i) {
  Texts *texts = &step->partition->texts;
  const Batch *batch = step->batch;
  TextKey key = {.vector = batch->vectors + (size_t)i * texts->width, .scale = batch->scales[i]};
  key.bytes = string_of(&batch->texts, i, &key.n);
  return use(step, texts, &key, &step->used_texts[i], 0);
}

static uint32_t use_kind(Step *step, uint32_t i) {
  TextKey key = {.code = step->batch->codes[i]};
  key.bytes = string_of(&step->batch->kinds, i, &key.n);
  return use(step, &step->partition->kinds, &key, &step->used_kinds[i], KIND);
}

/* Texts of the batch become texts of the partition. An item that was there before keeps its slot and its references;
 * those of the other items before are dropped at the commit. */
static void settle_texts(Step *step, User *now, const User *before) {
  uint8_t has_text[256] = {0}, has_kind[256] = {0};
  for (int32_t i = 0; now && i < now->n_items; i++) {
    Item *item = &items_of(now)[i];
    if (item->text & NEW_TEXT) item->text = use_text(step, item->text & ~NEW_TEXT);
    else has_text[item->slot] = 1;
    if (item->kind & NEW_TEXT) item->kind = use_kind(step, item->kind & ~NEW_TEXT);
    else has_kind[item->slot] = 1;
  }
  for (int32_t i = 0; before && i < before->n_items; i++) {
    const Item *item = &items_of(before)[i];
    if (!has_text[item->slot]) refer(&step->dropped, item->text, 0);
    if (!has_kind[item->slot]) refer(&step->dropped, item->kind, KIND);
  }
}

static uint32_t *unknown(Step *step, int64_t n) {
  uint32_t *numbers = arena_take(&step->arena, ((size_t)n + 1) * sizeof(uint32_t));
  for (int64_t i = 0; i < n; i++) numbers[i] = NEW_TEXT;
  return numbers;
}

/* Take the result over; the blocks before are kept for a roll-back. */
EXPORT void segue_stage(Step *step) {
  Partition *partition = step->partition;
  step->used_texts = unknown(step, step->batch->texts.n), step->used_kinds = unknown(step, step->batch->kinds.n);
  for (int64_t i = 0; i < step->n_entries; i++) {
    Entry *entry = &step->entries[i];
    if (!entry->is_touched && !entry->is_erased) continue;
    User *now = entry->now ? block_of(entry->now) : NULL;
    settle_texts(step, now, entry->before);
    entry->now = now;
    if (entry->before && now) partition->rows[entry->row] = now;
    else if (entry->before) remove_row(partition, entry->row);
    else if (now) entry->row = add_row(partition, now);
  }
  while (partition->timers.n && partition->timers.at[0].due_ms <= step->now_ms) heap_pop(&partition->timers);
  for (size_t i = 0; i < step->timers.n; i++) {
    Timer timer = step->timers.at[i];
    const Entry *entry = &step->entries[timer.row];
    if (!entry->now) continue;
    timer.row = (uint32_t)entry->row;
    heap_push(&partition->timers, timer);
  }
}

/* The staged result is for good. */
EXPORT void segue_commit(Step *step) {
  drop_references(step->partition, &step->dropped);
  for (int64_t i = 0; i < step->n_entries; i++)
    if (step->entries[i].is_touched || step->entries[i].is_erased) free(step->entries[i].before);
}

/* The staged result never was. The last staged step goes first; then timers are set anew. */
EXPORT void segue_roll_back(Step *step) {
  Partition *partition = step->partition;
  for (int64_t i = step->n_entries - 1; i >= 0; i--) {
    Entry *entry = &step->entries[i];
    if (!entry->is_touched && !entry->is_erased) continue;
    if (entry->before && entry->now) partition->rows[entry->row] = entry->before;
    else if (entry->before) add_row(partition, entry->before);
    else if (entry->now) remove_row(partition, entry->row);
    free(entry->now);
  }
  drop_references(partition, &step->added);
}

EXPORT void segue_end(Step *step) {
  arena_free(&step->arena);
  free(step->outputs), free(step->timers.at), free(step->records.bytes), free(step->samples.bytes), free(step->ends);
  free(step->added.at), free(step->dropped.at);
  free(step);
}

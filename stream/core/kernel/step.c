/* The loop over the records and timers of a step. Nothing of the partition changes but `where`, which is put back. */
#include "kernel.h"
#include <stdlib.h>

/* ---- users of the step ---- */

int64_t find_row(const Partition *partition, const uint8_t *name, size_t n, uint64_t hash) {
  const Names *names = &partition->names;
  for (size_t at = (uint32_t)hash & names->mask; names->slots[at].row; at = (at + 1) & names->mask) {
    if (names->slots[at].tag != (uint32_t)hash) continue;
    const User *user = partition->rows[names->slots[at].row - 1];
    if (user->hash == hash && user->n_name == n && memcmp(name_of(user), name, n) == 0) return names->slots[at].row - 1;
  }
  return NONE;
}

/* Rows of all users of the batch. Three sweeps, so that the memory of one look-up is fetched during others. */
static void find_rows(Step *step) {
  const Batch *batch = step->batch;
  const Partition *partition = step->partition;
  for (int64_t i = 0; i < batch->n; i++) {
    uint32_t n;
    const uint8_t *name = string_of(&batch->users, i, &n);
    step->hashes[i] = hash_of(name, n);
    __builtin_prefetch(&partition->names.slots[(uint32_t)step->hashes[i] & partition->names.mask]);
  }
  for (int64_t i = 0; i < batch->n; i++) {
    uint32_t row = partition->names.slots[(uint32_t)step->hashes[i] & partition->names.mask].row;
    if (row) __builtin_prefetch(&partition->rows[row - 1]), __builtin_prefetch(&partition->where[row - 1]);
  }
  for (int64_t i = 0; i < batch->n; i++) {
    uint32_t n;
    const uint8_t *name = string_of(&batch->users, i, &n);
    step->row_of[i] = find_row(partition, name, n, step->hashes[i]);
  }
}

enum { BLOCK_AHEAD = 12, TEXTS_AHEAD = 8, VECTORS_AHEAD = 4, LINE = 64, BLOCK_LINES = 10 };

static const User *user_ahead(const Step *step, int64_t record) {
  return record < step->batch->n && step->row_of[record] >= 0 ? step->partition->rows[step->row_of[record]] : NULL;
}

/* Fetch what records a little later will need: first the user's block, then its texts, then their vectors. */
static void look_ahead(const Step *step, int64_t record) {
  const Texts *texts = &step->partition->texts;
  const User *user = user_ahead(step, record + BLOCK_AHEAD);
  for (int line = 0; user && line < BLOCK_LINES; line++) __builtin_prefetch((const uint8_t *)user + LINE * line);
  if ((user = user_ahead(step, record + TEXTS_AHEAD)))
    for (int32_t i = 0; i < user->n_items; i++) __builtin_prefetch(&texts->at[items_of(user)[i].text]);
  if ((user = user_ahead(step, record + VECTORS_AHEAD)))
    for (int32_t i = 0; i < user->n_items; i++) {
      const uint8_t *text = (const uint8_t *)texts->at[items_of(user)[i].text];
      for (size_t at = 0; at < texts->width + offsetof(Text, vector); at += LINE) __builtin_prefetch(text + at);
    }
}

static Entry *add_entry(Step *step, int64_t row, const uint8_t *name, uint32_t n, uint64_t hash) {
  User *before = row < 0 ? NULL : step->partition->rows[row];
  Entry *entry = &step->entries[step->n_entries++]; /* there is room: one for each record, timer and row to evaluate */
  *entry = (Entry){.row = row, .before = before, .now = before, .name = name, .hash = hash, .bucket = NONE, .n_name = n};
  return entry;
}

static Entry *meet_row(Step *step, int64_t row) {
  int32_t *where = &step->partition->where[row];
  if (*where >= 0) return &step->entries[*where];
  *where = (int32_t)step->n_entries;
  const User *user = step->partition->rows[row];
  return add_entry(step, row, name_of(user), user->n_name, user->hash);
}

static Entry *meet(Step *step, int64_t record) {
  if (step->row_of[record] >= 0) return meet_row(step, step->row_of[record]);
  uint64_t hash = step->hashes[record];
  uint32_t n;
  const uint8_t *name = string_of(&step->batch->users, record, &n);
  size_t at = hash & step->new_mask;
  for (; step->new_names[at]; at = (at + 1) & step->new_mask) {
    Entry *entry = &step->entries[step->new_names[at] - 1];
    if (entry->hash == hash && entry->n_name == n && memcmp(entry->name, name, n) == 0) return entry;
  }
  step->new_names[at] = (uint32_t)step->n_entries + 1;
  return add_entry(step, NONE, name, n, hash);
}

/* ---- texts: those of the batch keep their number in it until the step is staged ---- */

/* Vectors, scales and kind codes of a window's items. */
static void load_texts(const Step *step, const User *user) {
  Numbers *numbers = step->numbers;
  const Partition *partition = step->partition;
  const Item *items = items_of(user);
  for (int32_t i = 0; i < user->n_items; i++) {
    uint32_t text = items[i].text, kind = items[i].kind;
    if (text & NEW_TEXT) {
      numbers->vectors[i] = step->batch->vectors + (size_t)(text & ~NEW_TEXT) * partition->texts.width;
      numbers->scales[i] = step->batch->scales[text & ~NEW_TEXT];
    } else {
      numbers->vectors[i] = partition->texts.at[text]->vector;
      numbers->scales[i] = partition->texts.at[text]->scale;
    }
    numbers->codes[i] = kind & NEW_TEXT ? step->batch->codes[kind & ~NEW_TEXT] : partition->kinds.at[kind]->code;
  }
}

/* The items of a window restored from another encoder get the vectors of this one. */
static void encode_again(Step *step, User *user) {
  Item *items = items_of(user);
  for (int32_t i = 0; i < user->n_items; i++) {
    int32_t text = items[i].text < step->n_again_of ? step->again_of[items[i].text] : NONE;
    if (text >= 0) items[i].text = NEW_TEXT | (uint32_t)text;
  }
  user->flags &= (uint8_t)~STALE;
}

/* The user's own copy in this step; a new user if there is none. */
static User *writable(Step *step, Entry *entry) {
  if (!entry->is_owned) {
    entry->now = entry->now ? user_copy(&step->arena, entry->now) : user_new(&step->arena, entry->hash, entry->name, entry->n_name);
    entry->is_owned = 1;
    if (entry->now->flags & STALE) encode_again(step, entry->now);
  }
  entry->is_touched = 1;
  return entry->now;
}

/* ---- outputs ---- */

static Output *add_output(Step *step, int32_t flags, const Entry *entry) {
  step->outputs = grown(step->outputs, (size_t)step->n_outputs + 1, &step->output_capacity, sizeof(Output));
  Output *output = &step->outputs[step->n_outputs++];
  *output = (Output){.record = NONE, .now_ms = step->now_ms, .flags = flags, .model = NONE, .due_ms = NONE, .rule = NONE};
  if (entry) output->name = entry->name, output->n_name = entry->n_name;
  return output;
}

static void refuse(Step *step, int64_t record, int32_t flags, int64_t ahead_ms) {
  step->counts[N_REJECTED]++;
  Output *output = add_output(step, flags, NULL);
  output->record = record, output->ahead_ms = ahead_ms;
}

static void *kept(Step *step, const void *values, size_t n) { return memcpy(arena_take(&step->arena, n), values, n); }

/* Numbers of the evaluation that the outputs need, copied. */
static void keep_numbers(Step *step, Output *output, const Model *model, int32_t n_labels) {
  const Numbers *numbers = step->numbers;
  int32_t n = output->user->n_items, m = numbers->n_features + numbers->dimension, flags = output->flags;
  if (n_labels && flags & (MEMBERSHIP | EVALUATED)) {
    output->predicted = kept(step, numbers->values, (size_t)n_labels * sizeof(int32_t));
    output->probabilities = kept(step, numbers->chances, (size_t)n_labels * sizeof(double));
  }
  if (!n) return;
  output->mass = numbers->mass;
  if (flags & (PROFILE | EVALUATED | CHANGE)) {
    output->explicit_ = kept(step, numbers->explicit_, (size_t)numbers->n_features * sizeof(double));
    output->semantic = kept(step, numbers->semantic, (size_t)numbers->dimension * sizeof(float));
  }
  if (flags & SAMPLE) put_sample(step, output);
  if (!model) return;
  output->nearest = numbers->nearest, output->runner_up = numbers->runner_up;
  output->distances = kept(step, numbers->distances, (size_t)model->n_segments * sizeof(float));
  if (flags & EVALUATED) output->scaled = kept(step, numbers->scaled, (size_t)m * sizeof(float));
  if (!(flags & CHANGE)) return;
  output->semantic_share = numbers->semantic_share;
  output->shares = kept(step, numbers->shares, (size_t)numbers->n_features * sizeof(double));
  output->item_shares = kept(step, numbers->item_shares, (size_t)n * sizeof(double));
  output->move = kept(step, numbers->move, (size_t)numbers->n_features * sizeof(float));
}

/* ---- evaluation ---- */

/* During a ramp a user goes from the previous model to the new one once; never back. */
static const Model *model_for(const Step *step, Entry *entry) {
  const Deciding *deciding = step->deciding;
  if (!deciding->previous || step->now_ms >= deciding->since_ms + deciding->ramp_ms) return deciding->model;
  if (entry->bucket < 0) entry->bucket = deciding->bucket(entry->name, entry->n_name);
  double done = (double)(step->now_ms - deciding->since_ms) / (double)deciding->ramp_ms;
  return entry->bucket < done ? deciding->model : deciding->previous;
}

static int is_sample_due(const Step *step, const User *user) {
  if (user->sampled_ms && step->now_ms - user->sampled_ms < step->rules->sample_every_ms) return 0;
  return user->n_items >= step->rules->min_items;
}

static void schedule_dwell(Step *step, Entry *entry, int32_t candidate_before) {
  const User *user = entry->now;
  if (user->candidate == NONE || user->candidate == candidate_before) return;
  heap_push(&step->timers, (Timer){dwell_due_ms(step->rules, user), entry->hash, (uint32_t)(entry - step->entries), 1});
}

static int has_weight(const Numbers *numbers) {
  for (int32_t j = 0; j < numbers->dimension; j++)
    if (numbers->semantic[j] != 0) return 1;
  return 0;
}

/* Publish the labels with the membership, or keep what is pending. Returns whether the membership is published. */
static int settle_labels(Step *step, Entry *entry, const Model *model, int is_due, int32_t *n_labels) {
  const Deciding *deciding = step->deciding;
  User *user = entry->now;
  int has_heads = model && deciding->n_heads, has_result = user->sequence && !(user->n_items && !model);
  if (!is_due && !((user->n_labels || has_heads) && has_result)) return 0;
  int32_t n = has_heads && user->n_items && has_weight(step->numbers) ? predict(deciding, step->numbers, user) : 0;
  Label *labels = arena_take(&step->arena, ((size_t)n + 1) * sizeof(Label));
  if (!is_due) is_due = is_publication_due(deciding, step->numbers, n, user, step->now_ms, step->rules->dwell_ms, labels);
  if (is_due)
    for (int32_t h = 0; h < n; h++) labels[h] = (Label){deciding->heads[h].name, step->numbers->values[h], NONE, 0, 0};
  if (n != user->n_labels || (n && memcmp(labels, labels_of(user), (size_t)n * sizeof(Label)) != 0))
    entry->now = user_with_labels(&step->arena, user, labels, n);
  *n_labels = is_due ? n : 0;
  return is_due;
}

static void make_change(Step *step, Output *output, const Model *model, User *user, Transition due) {
  int is_pinned = due.pinned_by != NONE;
  output->flags |= CHANGE;
  output->rule = due.rule;
  output->from = user->segment;
  output->led_ms = user->candidate == NONE ? 0 : step->now_ms - user->candidate_since_ms;
  if (model && user->n_items && !is_pinned) shares_of(step->numbers, model, user, user->segment, due.segment);
  user->segment = due.segment, user->since_ms = step->now_ms, user->candidate = NONE;
  user->sequence++, user->pinned_by = due.pinned_by;
}

/* Evaluate the window as it is now: the profile, then the change, labels, profile and sample that are due.
 * A declaration that moves nobody publishes the membership again, and no more. */
static void evaluate(Step *step, Entry *entry, int is_declaration, int64_t due_ms) {
  const Rules *rules = step->rules;
  User *user = entry->now;
  const Model *model = step->deciding->model ? model_for(step, entry) : NULL;
  int is_due = is_sample_due(step, user);
  Output output = {.flags = step->batch->observe ? EVALUATED : 0, .from = user->segment, .candidate_before = user->candidate,
                   .pinned_before = user->pinned_by, .since_before_ms = user->since_ms,
                   .candidate_since_before_ms = user->candidate_since_ms, .rule = NONE};
  if (user->n_items && (model || is_due || rules->profiles || step->batch->observe)) {
    load_texts(step, user);
    profile_of(step->numbers, rules, user, step->now_ms);
    if (model) place_in(step->numbers, model);
  }
  int32_t n_labels = 0, is_published;
  if (is_declaration) {
    is_published = settle_labels(step, entry, model, 1, &n_labels), is_due = 0;
  } else {
    Transition due = decide(rules, user, step->numbers, model, step->now_ms);
    if (due.rule != NONE) make_change(step, &output, model, user, due);
    else schedule_dwell(step, entry, output.candidate_before);
    is_published = settle_labels(step, entry, model, due.rule != NONE, &n_labels);
  }
  user = entry->now;
  if (is_published) output.flags |= MEMBERSHIP;
  if (rules->profiles == PROFILES_ALWAYS || (rules->profiles == PROFILES_CHANGES && is_published)) output.flags |= PROFILE;
  if (is_due && user->pinned_by == NONE) {
    output.flags |= SAMPLE;
    user->sampled_ms = step->now_ms;
    contrast_of(step->numbers, user);
  }
  if (!output.flags) return;
  Output *added = add_output(step, output.flags, entry);
  output.record = NONE, output.now_ms = step->now_ms, output.name = added->name, output.n_name = added->n_name;
  output.due_ms = due_ms, output.user = user, output.model = !model ? NONE : model == step->deciding->previous;
  *added = output;
  keep_numbers(step, added, model, n_labels);
  entry->is_owned = 0; /* the output shows this block: the next change makes another */
}

/* ---- timers ---- */

static void schedule_expiry(Step *step, Entry *entry) {
  User *user = entry->now;
  if (!user->n_items) return;
  int64_t due_ms = items_of(user)[0].time_ms + step->rules->window_ms + 1;
  if (user->expiry_ms && user->expiry_ms <= due_ms) return;
  user->expiry_ms = due_ms;
  heap_push(&step->timers, (Timer){due_ms, entry->hash, (uint32_t)(entry - step->entries), 0});
}

static void expire(Step *step, Entry *entry) {
  User *user = writable(step, entry);
  int64_t start_ms = step->now_ms - step->rules->window_ms;
  int32_t n = 0;
  while (n < user->n_items && items_of(user)[n].time_ms < start_ms) n++;
  if (n) {
    user = entry->now = user_with_item(&step->arena, user, 0, n, NULL, NULL, 0);
    if (!user->n_items && user->n_trace)
      user = entry->now = user_with_bytes(&step->arena, user, NULL, 0, traits_of(user), user->n_traits);
  }
  user->expiry_ms = 0;
  if (n) evaluate(step, entry, 0, NONE);
  writable(step, entry);
  schedule_expiry(step, entry);
}

static void fire(Step *step, Timer timer) {
  Entry *entry = &step->entries[timer.row];
  const User *user = entry->now;
  if (!user || entry->hash != timer.hash) return;
  if (!timer.is_dwell) {
    if (user->expiry_ms == timer.due_ms) expire(step, entry);
  } else if (dwell_due_ms(step->rules, user) == timer.due_ms) {
    writable(step, entry);
    evaluate(step, entry, 0, timer.due_ms);
  }
}

/* Let time pass: each timer fires at its own time. */
static void advance(Step *step, int64_t now_ms) {
  if (now_ms < step->now_ms) now_ms = step->now_ms;
  while (step->timers.n && step->timers.at[0].due_ms <= now_ms) {
    Timer timer = heap_pop(&step->timers);
    if (timer.due_ms > step->now_ms) step->now_ms = timer.due_ms;
    fire(step, timer);
  }
  step->now_ms = now_ms;
}

/* ---- records ---- */

static void erase(Step *step, Entry *entry) {
  step->counts[ERASED]++;
  entry->now = NULL;
  entry->is_owned = entry->is_touched = 0, entry->is_erased = 1;
  add_output(step, FORGOTTEN, entry);
}

static User *with_trace(Step *step, Entry *entry, int64_t record, const uint8_t *traits, uint32_t n_traits) {
  const User *user = entry->now;
  uint32_t n = 0;
  const uint8_t *trace = step->batch->traces.n ? string_of(&step->batch->traces, record, &n) : NULL;
  if (n == user->n_trace && traits == traits_of(user) && (!n || memcmp(trace, trace_of(user), n) == 0)) return entry->now;
  return entry->now = user_with_bytes(&step->arena, user, trace, n, traits, n_traits);
}

static void apply_event(Step *step, int64_t record) {
  const Batch *batch = step->batch;
  const Rules *rules = step->rules;
  Entry *entry = meet(step, record);
  if (rules->needs_consent && !(entry->now && entry->now->flags & CONSENTS)) {
    if (entry->now) erase(step, entry);
    else step->counts[NO_CONSENT]++;
    return;
  }
  int64_t time_ms = batch->times_ms[record], ahead_ms = time_ms - step->now_ms;
  if (ahead_ms > rules->max_ahead_ms) {
    refuse(step, record, AHEAD, ahead_ms);
    return;
  }
  User *user = writable(step, entry);
  user->offset = batch->offsets[record];
  uint32_t n_id;
  const uint8_t *id = string_of(&batch->ids, record, &n_id);
  int32_t place = window_place(user, time_ms, id, n_id), is_full = user->n_items == rules->window_items;
  if (time_ms < step->now_ms - rules->window_ms || (is_full && place == 0)) {
    step->counts[LATE]++;
    if (time_ms > step->newest_late_ms) step->newest_late_ms = time_ms;
    return;
  }
  if (place == NONE) {
    step->counts[DUPLICATE]++;
    return;
  }
  Item item = {time_ms, batch->amounts[record], NEW_TEXT | (uint32_t)batch->text_of[record],
               NEW_TEXT | (uint32_t)batch->kind_of[record], 0, free_slot(user, is_full)};
  entry->now = user_with_item(&step->arena, user, place - is_full, is_full, &item, id, n_id);
  step->counts[APPLIED]++;
  entry->now->n_events++;
  with_trace(step, entry, record, traits_of(entry->now), entry->now->n_traits);
  schedule_expiry(step, entry);
  evaluate(step, entry, 0, NONE);
}

static void declare(Step *step, int64_t record) {
  const Batch *batch = step->batch;
  const Rules *rules = step->rules;
  Entry *entry = meet(step, record);
  int32_t declared = batch->declared_of[record];
  if (rules->needs_consent && !batch->consents[declared]) {
    if (entry->now) erase(step, entry);
    else step->counts[NO_CONSENT]++;
    return;
  }
  writable(step, entry);
  uint32_t n;
  const uint8_t *traits = string_of(&batch->traits, declared, &n);
  User *user = with_trace(step, entry, record, traits, n);
  user->offset = batch->offsets[record];
  user->pin = batch->pins[declared];
  user->flags = (uint8_t)((user->flags & ~CONSENTS) | (batch->consents[declared] ? CONSENTS : 0));
  step->counts[DECLARATIONS]++;
  int moves = user->pin >= 0 ? rules->pin_segments[user->pin] != user->segment : user->pinned_by != NONE;
  if (moves) evaluate(step, entry, 0, NONE);
  else if (batch->is_new[declared] && user->sequence) evaluate(step, entry, 1, NONE);
}

static int64_t time_of(const Step *step, int64_t record) {
  const Batch *batch = step->batch;
  if (step->rules->is_wall) return batch->arrivals_ms[record];
  return batch->ops[record] == EVENT ? batch->times_ms[record] + 1 : 0;
}

static void apply(Step *step, int64_t record) {
  advance(step, time_of(step, record));
  switch (step->batch->ops[record]) {
    case EVENT: apply_event(step, record); break;
    case DECLARATION: declare(step, record); break;
    case ERASURE: erase(step, meet(step, record)); break;
    case IGNORED: step->counts[N_IGNORED]++; break;
    case MISPLACED: step->counts[FORWARDED]++; break;
    default: refuse(step, record, REFUSED, 0);
  }
}

/* ---- the step ---- */

static void prepare(Step *step) {
  const Batch *batch = step->batch;
  Partition *partition = step->partition;
  Arena *arena = &step->arena;
  size_t n = (size_t)batch->n + 1;
  int32_t k = step->deciding->model ? step->deciding->model->n_segments : 0;
  if (step->deciding->previous && step->deciding->previous->n_segments > k) k = step->deciding->previous->n_segments;
  step->numbers = numbers_new(arena, step->rules, k, step->deciding);
  step->hashes = arena_take(arena, n * sizeof(uint64_t));
  step->row_of = arena_take(arena, n * sizeof(int64_t));
  for (step->new_mask = 15; step->new_mask < 2 * n; step->new_mask = 2 * step->new_mask + 1) continue;
  step->new_names = memset(arena_take(arena, (step->new_mask + 1) * sizeof(uint32_t)), 0, (step->new_mask + 1) * sizeof(uint32_t));
  if (batch->n_again) {
    step->n_again_of = partition->texts.n;
    step->again_of = memset(arena_take(arena, (step->n_again_of + 1) * sizeof(int32_t)), 0xff, step->n_again_of * sizeof(int32_t));
    for (int64_t i = 0; i < batch->n_again; i++) step->again_of[batch->again[i]] = (int32_t)batch->again_text[i];
  }
  find_rows(step);
}

EXPORT Step *segue_step(Partition *partition, const Rules *rules, const Deciding *deciding, const Batch *batch) {
  Step *step = checked(calloc(1, sizeof(Step)));
  step->partition = partition, step->rules = rules, step->deciding = deciding, step->batch = batch;
  step->now_ms = batch->now_ms;
  prepare(step);
  int64_t end_ms = batch->until_ms > batch->now_ms ? batch->until_ms : batch->now_ms;
  for (int64_t i = 0; i < batch->n; i++)
    if (time_of(step, i) > end_ms) end_ms = time_of(step, i);
  Heap due = {0};
  heap_due(&partition->timers, end_ms, &due);
  step->entries = arena_take(&step->arena, ((size_t)batch->n + due.n + (size_t)batch->n_evaluated + 1) * sizeof(Entry));
  for (size_t i = 0; i < due.n; i++) {
    Timer timer = due.at[i];
    const User *user = partition->rows[timer.row];
    if (!user || user->hash != timer.hash) continue; /* the row is another user's now */
    timer.row = (uint32_t)(meet_row(step, timer.row) - step->entries);
    heap_push(&step->timers, timer);
  }
  free(due.at);
  for (int64_t i = 0; i < batch->n; i++) {
    look_ahead(step, i);
    apply(step, i);
  }
  advance(step, end_ms);
  for (int64_t i = 0; i < batch->n_evaluated; i++) {
    Entry *entry = meet_row(step, batch->evaluated[i]);
    if (!entry->now) continue;
    writable(step, entry);
    evaluate(step, entry, 0, NONE);
  }
  for (int64_t i = 0; i < step->n_entries; i++)
    if (step->entries[i].row >= 0) partition->where[step->entries[i].row] = NONE;
  return step;
}

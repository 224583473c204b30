/* Records as msgpack: those of the state, and samples for training, in the formats of stream/wire. */
#include "kernel.h"
#include <stdlib.h>

enum { FORMAT = 1 };

static uint8_t *room(Step *step, size_t n) {
  Buffer *out = step->out;
  out->bytes = grown(out->bytes, out->used + n, &out->capacity, 1);
  out->used += n;
  return out->bytes + out->used - n;
}

static void put_byte(Step *step, uint8_t byte) { *room(step, 1) = byte; }

static void put_bytes(Step *step, const void *bytes, size_t n) {
  if (n) memcpy(room(step, n), bytes, n);
}

static void put_big_endian(Step *step, uint64_t value, int n) {
  uint8_t *at = room(step, (size_t)n);
  for (int i = 0; i < n; i++) at[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
}

static void put_int(Step *step, int64_t value) {
  if (value >= 0) {
    uint64_t v = (uint64_t)value;
    if (v < 128) put_byte(step, (uint8_t)v);
    else if (v < 1 << 8) put_byte(step, 0xcc), put_big_endian(step, v, 1);
    else if (v < 1 << 16) put_byte(step, 0xcd), put_big_endian(step, v, 2);
    else if (v < (uint64_t)1 << 32) put_byte(step, 0xce), put_big_endian(step, v, 4);
    else put_byte(step, 0xcf), put_big_endian(step, v, 8);
  } else {
    uint64_t v = (uint64_t)value;
    if (value >= -32) put_byte(step, (uint8_t)v);
    else if (value >= INT8_MIN) put_byte(step, 0xd0), put_big_endian(step, v, 1);
    else if (value >= INT16_MIN) put_byte(step, 0xd1), put_big_endian(step, v, 2);
    else if (value >= INT32_MIN) put_byte(step, 0xd2), put_big_endian(step, v, 4);
    else put_byte(step, 0xd3), put_big_endian(step, v, 8);
  }
}

static void put_double(Step *step, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  put_byte(step, 0xcb), put_big_endian(step, bits, 8);
}

static void put_string(Step *step, const void *bytes, size_t n) {
  if (n < 32) put_byte(step, (uint8_t)(0xa0 | n));
  else if (n < 1 << 8) put_byte(step, 0xd9), put_big_endian(step, n, 1);
  else if (n < 1 << 16) put_byte(step, 0xda), put_big_endian(step, n, 2);
  else put_byte(step, 0xdb), put_big_endian(step, n, 4);
  put_bytes(step, bytes, n);
}

static void put_binary(Step *step, const void *bytes, size_t n) {
  if (n < 1 << 8) put_byte(step, 0xc4), put_big_endian(step, n, 1);
  else if (n < 1 << 16) put_byte(step, 0xc5), put_big_endian(step, n, 2);
  else put_byte(step, 0xc6), put_big_endian(step, n, 4);
  put_bytes(step, bytes, n);
}

static void put_symbol(Step *step, int32_t symbol, int is_optional) {
  if (symbol >= 0) put_string(step, step->partition->symbols[symbol].bytes, step->partition->symbols[symbol].n);
  else if (is_optional) put_byte(step, 0xc0);
  else put_byte(step, 0xa0);
}

static void end_of(Step *step, int is_tombstone_value) {
  step->ends = grown(step->ends, step->n_ends + 1, &step->end_capacity, sizeof(int64_t));
  step->ends[step->n_ends++] = is_tombstone_value ? NONE : (int64_t)step->out->used;
}

static void put_key(Step *step, char kind, int32_t slot, const Entry *entry) {
  put_byte(step, (uint8_t)kind);
  if (slot >= 0) put_byte(step, (uint8_t)slot);
  put_bytes(step, entry->name, entry->n_name);
  end_of(step, 0);
}

static void put_head(Step *step, const User *user) {
  put_byte(step, 0x90 | 11);
  put_int(step, FORMAT);
  put_symbol(step, user->segment, 0);
  put_int(step, user->since_ms);
  put_symbol(step, user->candidate, 1);
  put_int(step, user->candidate_since_ms);
  put_int(step, user->sequence);
  put_int(step, user->n_events);
  put_int(step, user->sampled_ms);
  put_int(step, user->offset);
  put_symbol(step, user->pinned_by, 0);
  put_string(step, trace_of(user), user->n_trace);
}

static void put_text(Step *step, const Texts *texts, const Strings *strings, uint32_t number) {
  if (number & NEW_TEXT) {
    uint32_t n;
    const uint8_t *bytes = string_of(strings, number & ~NEW_TEXT, &n);
    put_string(step, bytes, n);
  } else put_string(step, texts->at[number]->vector + texts->width, texts->at[number]->n_bytes);
}

static void put_item(Step *step, const Entry *entry, int32_t at, int has_head, const char *encoder) {
  const User *user = entry->now;
  const Item *item = &items_of(user)[at];
  const Batch *batch = step->batch;
  const Partition *partition = step->partition;
  uint32_t start = at ? item[-1].id_end : 0, text = item->text & ~NEW_TEXT;
  int is_new = (item->text & NEW_TEXT) != 0;
  put_key(step, 'i', (int32_t)item->slot, entry);
  put_byte(step, 0x90 | 9);
  if (has_head) put_head(step, user);
  else put_byte(step, 0xc0);
  put_int(step, item->time_ms);
  put_string(step, ids_of(user) + start, item->id_end - start);
  put_text(step, &partition->kinds, &batch->kinds, item->kind);
  put_double(step, item->amount);
  put_text(step, &partition->texts, &batch->texts, item->text);
  put_double(step, is_new ? batch->scales[text] : partition->texts.at[text]->scale);
  put_binary(step, is_new ? batch->vectors + (size_t)text * partition->texts.width : partition->texts.at[text]->vector,
             (size_t)step->rules->dimension);
  put_string(step, encoder, strlen(encoder));
  end_of(step, 0);
}

static void put_declared(Step *step, const Entry *entry) {
  const User *user = entry->now;
  put_key(step, 'd', NONE, entry);
  if (!user->n_traits && !user->n_labels) {
    end_of(step, 1);
    return;
  }
  put_byte(step, 0x90 | 2);
  if (user->n_traits) put_bytes(step, traits_of(user), user->n_traits); /* a msgpack map */
  else put_byte(step, 0x80);
  if (user->n_labels < 16) put_byte(step, (uint8_t)(0x80 | user->n_labels));
  else put_byte(step, 0xde), put_big_endian(step, user->n_labels, 2);
  for (int32_t i = 0; i < user->n_labels; i++) {
    const Label *label = &labels_of(user)[i];
    put_symbol(step, label->name, 0);
    put_byte(step, 0x90 | 3);
    put_symbol(step, label->value, 1);
    put_symbol(step, label->pending, 1);
    put_int(step, label->since_ms);
  }
  end_of(step, 0);
}

static int is_same_item(const User *a, int32_t i, const User *b, int32_t j) {
  const Item *x = &items_of(a)[i], *y = &items_of(b)[j];
  uint32_t start = i ? x[-1].id_end : 0, other = j ? y[-1].id_end : 0, n = x->id_end - start;
  return x->time_ms == y->time_ms && x->text == y->text && x->kind == y->kind && n == y->id_end - other &&
         memcmp(&x->amount, &y->amount, sizeof(double)) == 0 && memcmp(ids_of(a) + start, ids_of(b) + other, n) == 0;
}

static int is_same_declared(const User *a, const User *b) {
  if (!b) return !a->n_traits && !a->n_labels;
  return a->n_traits == b->n_traits && a->n_labels == b->n_labels &&
         memcmp(traits_of(a), traits_of(b), a->n_traits) == 0 &&
         memcmp(labels_of(a), labels_of(b), a->n_labels * sizeof(Label)) == 0;
}

/* Items of changed slots, the last one with the head; tombstones of empty slots; the head alone if no item changed. */
static void put_changed(Step *step, const Entry *entry, const char *encoder) {
  const User *user = entry->now, *before = entry->is_erased ? NULL : entry->before;
  int16_t at_slot[256];
  memset(at_slot, 0xff, sizeof at_slot);
  for (int32_t i = 0; before && i < before->n_items; i++) at_slot[items_of(before)[i].slot] = (int16_t)i;
  int32_t changed[256], n = 0;
  for (int32_t i = 0; i < user->n_items; i++) {
    int16_t *was = &at_slot[items_of(user)[i].slot];
    if (*was < 0 || !is_same_item(user, i, before, *was)) changed[n++] = i;
    *was = NONE;
  }
  for (int32_t i = 0; before && i < before->n_items; i++)
    if (at_slot[items_of(before)[i].slot] >= 0) {
      put_key(step, 'i', (int32_t)items_of(before)[i].slot, entry);
      end_of(step, 1);
    }
  for (int32_t i = 0; i < n; i++) put_item(step, entry, changed[i], i == n - 1, encoder);
  if (!n) {
    put_key(step, 'u', NONE, entry);
    put_head(step, user);
    end_of(step, 0);
  }
  if (!is_same_declared(user, before)) put_declared(step, entry);
}

static void put_erased(Step *step, const Entry *entry) {
  put_key(step, 'u', NONE, entry), end_of(step, 1);
  put_key(step, 'd', NONE, entry), end_of(step, 1);
  for (int32_t i = 0; entry->before && i < entry->before->n_items; i++) {
    put_key(step, 'i', (int32_t)items_of(entry->before)[i].slot, entry);
    end_of(step, 1);
  }
}

/* Records of all changed users: the buffer has keys and values, `ends` the end of each; -1 as the end of no value. */
EXPORT int64_t segue_puts(Step *step, const char *encoder, const uint8_t **buffer, const int64_t **ends) {
  step->out = &step->records;
  for (int64_t i = 0; i < step->n_entries; i++)
    if (step->entries[i].is_erased) put_erased(step, &step->entries[i]);
  for (int64_t i = 0; i < step->n_entries; i++)
    if (step->entries[i].is_touched && step->entries[i].now) put_changed(step, &step->entries[i], encoder);
  *buffer = step->records.bytes, *ends = step->ends;
  return (int64_t)step->n_ends / 2;
}

/* ---- samples ---- */

/* The nearest half of a float, ties to even. */
static uint16_t half_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
  if (size >= 0x47800000) return (uint16_t)(sign | (size > 0x7f800000 ? 0x7e00 : 0x7c00));
  if (size >= 0x38800000) return (uint16_t)(sign | ((size + 0xfff + (size >> 13 & 1) - 0x38000000) >> 13));
  float scaled = (value < 0 ? -value : value) * 16777216.0f; /* below the smallest normal half: steps of 2^-24 */
  uint32_t whole = (uint32_t)scaled;
  float rest = scaled - (float)whole;
  return (uint16_t)(sign | (whole + (rest > 0.5f || (rest == 0.5f && (whole & 1)))));
}

/* The newest distinct texts of a window, at most SAMPLE_TEXTS. */
static void put_texts(Step *step, const User *user) {
  const uint8_t *texts[SAMPLE_TEXTS];
  uint32_t sizes[SAMPLE_TEXTS], n = 0;
  for (int32_t i = user->n_items - 1; i >= 0 && n < SAMPLE_TEXTS; i--) {
    uint32_t number = items_of(user)[i].text, same = 0;
    if (number & NEW_TEXT) texts[n] = string_of(&step->batch->texts, number & ~NEW_TEXT, &sizes[n]);
    else {
      const Text *text = step->partition->texts.at[number];
      texts[n] = (const uint8_t *)text->vector + step->partition->texts.width, sizes[n] = text->n_bytes;
    }
    while (same < n && !(sizes[same] == sizes[n] && memcmp(texts[same], texts[n], sizes[n]) == 0)) same++;
    if (same == n && sizes[n]) n++;
  }
  put_byte(step, (uint8_t)(0x90 | n));
  for (uint32_t i = 0; i < n; i++) put_string(step, texts[i], sizes[i]);
}

/* A raw profile for training, in the format of stream/wire/samples.py; arrays are little-endian, as this machine. */
void put_sample(Step *step, Output *output) {
  const Numbers *numbers = step->numbers;
  const User *user = output->user;
  step->out = &step->samples;
  output->sample_at = (int64_t)step->samples.used;
  put_byte(step, 0x90 | 9);
  put_string(step, output->name, (size_t)output->n_name);
  put_int(step, output->now_ms);
  put_binary(step, numbers->explicit_, (size_t)numbers->n_features * sizeof(double));
  put_binary(step, numbers->semantic, (size_t)numbers->dimension * sizeof(float));
  put_double(step, numbers->mass);
  uint16_t *halves = arena_take(&step->arena, (size_t)numbers->dimension * sizeof(uint16_t));
  for (int32_t j = 0; j < numbers->dimension; j++) halves[j] = half_of(numbers->contrast[j]);
  put_binary(step, halves, (size_t)numbers->dimension * sizeof(uint16_t));
  put_texts(step, user);
  put_string(step, step->batch->encoder, strlen(step->batch->encoder));
  put_symbol(step, user->segment == PENDING ? NONE : user->segment, 0);
  output->n_sample = (int64_t)step->samples.used - output->sample_at;
}

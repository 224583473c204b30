/* Texts and kinds, each once: a text with its vector is stored for all windows that hold it, and counted.
 *
 * The key is the text and its vector: a vector that was restored may come from another machine. */
#include "kernel.h"
#include <stdlib.h>

void texts_init(Texts *texts, size_t width) {
  *texts = (Texts){.slots = checked(calloc(64, sizeof(uint32_t))), .mask = 63, .width = width};
}

void texts_free(Texts *texts) {
  for (size_t i = 0; i < texts->n; i++) free(texts->at[i]);
  free(texts->at);
  free(texts->slots);
  free(texts->free);
}

static int is_same(const Texts *texts, const Text *text, uint64_t hash, const TextKey *key) {
  return text->tag == (uint32_t)hash && text->n_bytes == key->n && text->stale == key->stale && text->code == key->code &&
         memcmp(&text->scale, &key->scale, sizeof(float)) == 0 &&
         (texts->width == 0 || memcmp(text->vector, key->vector, texts->width) == 0) &&
         (key->n == 0 || memcmp(text->vector + texts->width, key->bytes, key->n) == 0);
}

int64_t texts_find(const Texts *texts, const TextKey *key) {
  uint64_t hash = hash_of(key->bytes, key->n);
  for (size_t at = (uint32_t)hash & texts->mask; texts->slots[at]; at = (at + 1) & texts->mask)
    if (is_same(texts, texts->at[texts->slots[at] - 1], hash, key)) return texts->slots[at] - 1;
  return NONE;
}

static void insert(Texts *texts, uint32_t tag, uint32_t number) {
  size_t at = tag & texts->mask;
  while (texts->slots[at]) at = (at + 1) & texts->mask;
  texts->slots[at] = number + 1;
}

static void widen(Texts *texts) {
  free(texts->slots);
  texts->mask = 2 * texts->mask + 1;
  texts->slots = checked(calloc(texts->mask + 1, sizeof(uint32_t)));
  for (size_t i = 0; i < texts->n; i++)
    if (texts->at[i]) insert(texts, texts->at[i]->tag, (uint32_t)i);
}

uint32_t texts_use(Texts *texts, const TextKey *key) {
  int64_t known = texts_find(texts, key);
  if (known >= 0) {
    texts->at[known]->n_references++;
    return (uint32_t)known;
  }
  uint32_t number = texts->n_free ? texts->free[--texts->n_free] : (uint32_t)texts->n++;
  texts->at = grown(texts->at, texts->n, &texts->capacity, sizeof(Text *));
  Text *text = checked(malloc(offsetof(Text, vector) + texts->width + key->n));
  text->tag = (uint32_t)hash_of(key->bytes, key->n), text->n_references = 1, text->n_bytes = key->n;
  text->scale = key->scale, text->code = key->code, text->stale = key->stale;
  if (texts->width) memcpy(text->vector, key->vector, texts->width);
  if (key->n) memcpy(text->vector + texts->width, key->bytes, key->n);
  texts->at[number] = text;
  if (3 * (texts->n - texts->n_free) > 2 * (texts->mask + 1)) widen(texts); /* finds the new text, too */
  else insert(texts, text->tag, number);
  return number;
}

void texts_drop(Texts *texts, uint32_t number) {
  Text *text = texts->at[number];
  if (--text->n_references) return;
  size_t at = text->tag & texts->mask;
  while (texts->slots[at] != number + 1) at = (at + 1) & texts->mask;
  for (size_t next = at;;) { /* as in names_remove */
    texts->slots[at] = 0;
    do {
      next = (next + 1) & texts->mask;
      if (!texts->slots[next]) {
        free(text);
        texts->at[number] = NULL;
        texts->free = grown(texts->free, texts->n_free + 1, &texts->free_capacity, sizeof(uint32_t));
        texts->free[texts->n_free++] = number;
        return;
      }
    } while (((next - (texts->at[texts->slots[next] - 1]->tag & texts->mask)) & texts->mask) <
             ((next - at) & texts->mask));
    texts->slots[at] = texts->slots[next];
    at = next;
  }
}

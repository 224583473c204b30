/* A user is one block: it is copied as a whole when a step first changes it, and once more for each change of size. */
#include "kernel.h"

static User *block(Arena *arena, const User *head) {
  User *user = arena_take(arena, size_of(head));
  *user = *head;
  return user;
}

static void copy(void *to, const void *from, size_t n) {
  if (n) memcpy(to, from, n);
}

User *user_new(Arena *arena, uint64_t hash, const uint8_t *name, uint32_t n) {
  User head = {.hash = hash, .offset = -1, .segment = PENDING, .candidate = NONE, .pinned_by = NONE, .pin = NONE,
               .n_name = (uint16_t)n};
  User *user = block(arena, &head);
  copy(name_of(user), name, n);
  return user;
}

User *user_copy(Arena *arena, const User *user) {
  return memcpy(arena_take(arena, size_of(user)), user, size_of(user));
}

/* The user without the first n_dropped items, and with one item more at place `at` of those that stay. */
User *user_with_item(Arena *arena, const User *user, int32_t at, int32_t n_dropped, const Item *item, const uint8_t *id,
                     uint32_t n_id) {
  User head = *user;
  int32_t n = user->n_items - n_dropped, n_new = item ? 1 : 0;
  uint32_t cut = n_dropped ? items_of(user)[n_dropped - 1].id_end : 0;
  head.n_items = (uint8_t)(n + n_new);
  head.n_ids = user->n_ids - cut + n_id;
  User *changed = block(arena, &head);
  const Item *old = items_of(user) + n_dropped;
  Item *items = items_of(changed);
  if (!item) at = n;
  uint32_t before = at ? old[at - 1].id_end - cut : 0;
  copy(items, old, (size_t)at * sizeof(Item));
  copy(items + at + n_new, old + at, (size_t)(n - at) * sizeof(Item));
  for (int32_t i = 0; i < at; i++) items[i].id_end -= cut;
  for (int32_t i = at + n_new; i < n + n_new; i++) items[i].id_end += n_id - cut;
  if (item) {
    items[at] = *item;
    items[at].id_end = before + n_id;
  }
  copy(labels_of(changed), labels_of(user), user->n_labels * sizeof(Label));
  copy(name_of(changed), name_of(user), user->n_name);
  uint8_t *ids = ids_of(changed);
  copy(ids, ids_of(user) + cut, before);
  copy(ids + before, id, n_id);
  copy(ids + before + n_id, ids_of(user) + cut + before, user->n_ids - cut - before);
  copy(trace_of(changed), trace_of(user), user->n_trace);
  copy(traits_of(changed), traits_of(user), user->n_traits);
  return changed;
}

User *user_with_labels(Arena *arena, const User *user, const Label *labels, int32_t n) {
  User head = *user;
  head.n_labels = (uint8_t)n;
  User *changed = block(arena, &head);
  copy(items_of(changed), items_of(user), user->n_items * sizeof(Item));
  copy(labels_of(changed), labels, (size_t)n * sizeof(Label));
  copy(name_of(changed), name_of(user), (size_t)user->n_name + user->n_ids + user->n_trace + user->n_traits);
  return changed;
}

User *user_with_bytes(Arena *arena, const User *user, const uint8_t *trace, uint32_t n_trace, const uint8_t *traits,
                      uint32_t n_traits) {
  User head = *user;
  head.n_trace = (uint16_t)n_trace;
  head.n_traits = n_traits;
  User *changed = block(arena, &head);
  copy(items_of(changed), items_of(user), (size_t)(trace_of(user) - (uint8_t *)items_of(user)));
  copy(trace_of(changed), trace, n_trace);
  copy(traits_of(changed), traits, n_traits);
  return changed;
}

/* Where an item of this time and id belongs; NONE if an item has the id. Ids compare as bytes, whole. */
int32_t window_place(const User *user, int64_t time_ms, const uint8_t *id, uint32_t n_id) {
  const Item *items = items_of(user);
  const uint8_t *ids = ids_of(user);
  int32_t at = 0;
  for (int32_t i = 0; i < user->n_items; i++) {
    uint32_t start = i ? items[i - 1].id_end : 0, n = items[i].id_end - start;
    if (n == n_id && memcmp(ids + start, id, n) == 0) return NONE;
    if (items[i].time_ms < time_ms) at = i + 1;
    else if (items[i].time_ms == time_ms) {
      int order = memcmp(ids + start, id, n < n_id ? n : n_id);
      if (order < 0 || (order == 0 && n < n_id)) at = i + 1;
    }
  }
  return at;
}

/* The lowest slot that no item has but the first n_dropped. */
uint32_t free_slot(const User *user, int32_t n_dropped) {
  uint64_t used[4] = {0};
  const Item *items = items_of(user);
  for (int32_t i = n_dropped; i < user->n_items; i++) used[items[i].slot >> 6 & 3] |= (uint64_t)1 << (items[i].slot & 63);
  uint32_t slot = 0;
  while (used[slot >> 6] >> (slot & 63) & 1) slot++;
  return slot;
}

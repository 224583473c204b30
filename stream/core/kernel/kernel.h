/* The hot path, compiled: windows, profiles, decisions and state records of one partition.
 *
 *   memory.c    blocks that live until a step ends
 *   names.c     users by name: an open-addressing hash table of rows
 *   texts.c     texts with their vectors, each once, counted
 *   user.c      a user as one block of memory, and the window in it
 *   timers.c    a heap of times at which users are evaluated without an event
 *   numbers.h   exp2, sin, cos, log1p: the same bits on every machine
 *   profile.c   from a window to a profile, to distances, to the shares of a move
 *   decide.c    the rule of a change, and the published labels
 *   step.c      the loop over records and timers
 *   records.c   state records as msgpack
 *   state.c     a partition: set, stage, commit, roll back
 *
 * Invariants. A step changes nothing of its partition. The order of operations on one user is fixed, without FMA and
 * without a reordered sum, so bits depend neither on the other users nor on how records are cut into batches.
 */
#ifndef SEGUE_KERNEL_H
#define SEGUE_KERNEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#if defined(__x86_64__) && defined(__gnu_linux__)
#define HOT __attribute__((target_clones("avx2", "default")))
#else
#define HOT
#endif

enum { SAMPLE_TEXTS = 8 };
enum { DAY_MS = 86400000, HOUR_MS = 3600000, N_GENERAL = 8, LANES = 8, PADDED = 16 };
enum { NONE = -1, PENDING = 0, INACTIVE = 1, UNKNOWN = 2 }; /* symbols: numbers of strings, given by Python */
enum { EVENT, DECLARATION, ERASURE, IGNORED, MISPLACED, REJECTED };
enum { APPLIED, DUPLICATE, LATE, N_IGNORED, FORWARDED, NO_CONSENT, DECLARATIONS, ERASED, N_REJECTED, N_COUNTS };
enum { ENTERED, RETURNED, MARGIN_AND_DWELL, TO_UNKNOWN, KNOWN, RETIRED, TO_INACTIVE, PINNED, UNPINNED };
enum { CHANGE = 1, MEMBERSHIP = 2, PROFILE = 4, SAMPLE = 8, EVALUATED = 16, FORGOTTEN = 32, REFUSED = 64, AHEAD = 128 };
enum { PROFILES_OFF, PROFILES_CHANGES, PROFILES_ALWAYS };
enum { CONSENTS = 1, STALE = 2 }; /* flags of a user */
#define NEW_TEXT 0x80000000u      /* a text or kind by its place in the batch */

/* ---- values shared with Python: their layout is repeated in layout.py ---- */

typedef struct { /* an item of a window, in order of (time, id) */
  int64_t time_ms;
  double amount;
  uint32_t text, kind; /* numbers in the tables */
  uint32_t id_end;     /* end of its id among the window's ids */
  uint32_t slot;       /* number of its state record */
} Item;

typedef struct { /* published value of a label, and another one predicted since then */
  int32_t name, value, pending, unused;
  int64_t since_ms;
} Label;

typedef struct { /* a user: this head, then items, labels, name, ids, trace and traits, without gaps */
  uint64_t hash;
  int64_t since_ms, candidate_since_ms, sampled_ms, offset, expiry_ms, sequence, n_events;
  int32_t segment, candidate, pinned_by;
  int16_t pin; /* the pin rule that matches the traits */
  uint16_t n_name;
  uint32_t n_ids, n_traits;
  uint16_t n_trace;
  uint8_t n_items, n_labels, flags, unused[3];
} User;

typedef struct { /* a text with its vector; for a kind, its code and no vector */
  uint32_t tag, n_references, n_bytes; /* tag: the lower half of the hash */
  float scale;
  uint8_t code, stale;
  int8_t vector[]; /* padded, then the bytes of the text */
} Text;

typedef struct { int64_t n; const uint8_t *bytes; const int64_t *ends; } Strings;

typedef struct { /* rules of window, profile and decision; -1 in the arrays by symbol: no override */
  int64_t window_ms, half_life_ms, dwell_ms, max_ahead_ms, sample_every_ms;
  double margin;
  int32_t window_items, min_items, dimension, n_kinds, is_wall, profiles, needs_consent, n_symbols, n_pins;
  const double *into_margin, *out_margin;
  const int64_t *into_dwell, *out_dwell;
  const int32_t *pin_segments, *pin_conditions;
} Rules;

typedef struct { /* a segment model of K segments in the space of M = features + dimension */
  int32_t n_segments;
  const int32_t *ids;
  const float *columns;   /* (ceil(K / 8), M, 8): centroids, eight side by side */
  const float *centroids; /* (K, M) */
  const float *centre;    /* (M,) mean of the centroids */
  const double *thresholds, *explicit_mean, *explicit_scale;
  const float *semantic_mean;
  double explicit_factor, semantic_factor, semantic_scale, semantic_prior;
} Model;

typedef struct { int32_t name, n_values; const int32_t *values; double threshold; } Head;

typedef double (*Bucket)(const uint8_t *name, int64_t n); /* the fraction of a ramp at which a user switches */

typedef struct { /* who decides: no model, one, or two during a ramp */
  const Model *model, *previous;
  int64_t since_ms, ramp_ms;
  Bucket bucket;
  int32_t n_heads, n_values;
  const Head *heads;
  const float *weight; /* (dimension, n_values) */
  const float *bias;
} Deciding;

typedef struct { /* records of one partition as columns; texts and kinds are distinct, with their vectors and codes */
  int64_t n, until_ms, now_ms;
  const uint8_t *ops;
  const int64_t *offsets, *arrivals_ms, *times_ms;
  const double *amounts;
  const int32_t *text_of, *kind_of;
  Strings users, ids, traces, texts, kinds;
  const int8_t *vectors;
  const float *scales;
  const uint8_t *codes;
  const int32_t *declared_of; /* row of a declaration -> its traits */
  Strings traits;
  const int16_t *pins;
  const uint8_t *consents, *is_new;
  int64_t n_again; /* texts of stale windows, encoded anew: numbers, and the texts of the batch that replace them */
  const uint32_t *again, *again_text;
  int64_t n_evaluated;
  const uint32_t *evaluated; /* rows of users to evaluate at the end */
  int32_t observe;
  const char *encoder; /* its version */
} Batch;

typedef struct { /* an output: what an evaluation publishes, an erasure, or a rejection */
  int64_t record, now_ms, ahead_ms, led_ms, due_ms;
  const User *user; /* as decided */
  const uint8_t *name;
  int64_t n_name;
  int32_t flags, rule, model, nearest, runner_up, from, candidate_before, pinned_before;
  int64_t since_before_ms, candidate_since_before_ms;
  double mass, semantic_share;
  const double *explicit_, *shares, *item_shares, *probabilities;
  const float *semantic, *scaled, *distances, *move;
  const int32_t *predicted;
  int64_t sample_at, n_sample; /* the record of a sample, among those of the step */
} Output;

/* ---- inside ---- */

typedef struct Chunk { struct Chunk *next; size_t used, size; } Chunk;
typedef struct { Chunk *first; } Arena;
void *arena_take(Arena *arena, size_t n);
void arena_free(Arena *arena);
void *checked(void *memory); /* ends the process when there is no memory */
void *grown(void *array, size_t n, size_t *capacity, size_t item);

uint64_t hash_of(const uint8_t *bytes, size_t n);
typedef struct { uint32_t tag, row; } NameSlot; /* row + 1; 0: free */
typedef struct { NameSlot *slots; size_t mask, n; } Names;
void names_init(Names *names);
void names_put(Names *names, uint64_t hash, uint32_t row);
void names_remove(Names *names, uint64_t hash, uint32_t row);

typedef struct { Text **at; uint32_t *slots; uint32_t *free; size_t n, capacity, mask, n_free, free_capacity; size_t width; } Texts;
typedef struct { const uint8_t *bytes; uint32_t n; const int8_t *vector; float scale; uint8_t code, stale; } TextKey;
void texts_init(Texts *texts, size_t width);
void texts_free(Texts *texts);
int64_t texts_find(const Texts *texts, const TextKey *key);
uint32_t texts_use(Texts *texts, const TextKey *key); /* adds a reference, and the text if it is new */
void texts_drop(Texts *texts, uint32_t number);

typedef struct { int64_t due_ms; uint64_t hash; uint32_t row; uint32_t is_dwell; } Timer;
typedef struct { Timer *at; size_t n, capacity; } Heap;
void heap_push(Heap *heap, Timer timer);
Timer heap_pop(Heap *heap);
void heap_due(const Heap *heap, int64_t until_ms, Heap *found);

static inline Item *items_of(const User *user) { return (Item *)(user + 1); }
static inline Label *labels_of(const User *user) { return (Label *)(items_of(user) + user->n_items); }
static inline uint8_t *name_of(const User *user) { return (uint8_t *)(labels_of(user) + user->n_labels); }
static inline uint8_t *ids_of(const User *user) { return name_of(user) + user->n_name; }
static inline uint8_t *trace_of(const User *user) { return ids_of(user) + user->n_ids; }
static inline uint8_t *traits_of(const User *user) { return trace_of(user) + user->n_trace; }
static inline size_t size_of(const User *user) {
  return sizeof(User) + user->n_items * sizeof(Item) + user->n_labels * sizeof(Label) + user->n_name + user->n_ids +
         user->n_trace + user->n_traits;
}

typedef struct {
  User **rows;
  uint32_t *free_rows;
  int32_t *where; /* row -> entry of the running step; -1 between steps */
  size_t n_rows, row_capacity, where_capacity, n_free, free_capacity;
  Names names;
  Texts texts, kinds;
  Heap timers;
  struct { uint8_t *bytes; uint32_t n; } *symbols;
  size_t n_symbols, symbol_capacity;
} Partition;

typedef struct { /* a user that a step has met */
  int64_t row; /* -1: not in the partition */
  User *before, *now;
  const uint8_t *name;
  uint64_t hash;
  double bucket;
  uint32_t n_name;
  uint8_t is_owned, is_touched, is_erased;
} Entry;

typedef struct { uint8_t *bytes; size_t used, capacity; } Buffer;
typedef struct { uint32_t *at; size_t n, capacity; } References; /* of texts; kinds have NEW_TEXT set */

typedef struct { /* a step: outputs for Python first, then what staging needs */
  int64_t n_outputs, now_ms, newest_late_ms, n_entries;
  int64_t counts[N_COUNTS];
  Output *outputs;
  Buffer samples;
  Partition *partition;
  const Batch *batch;
  const Rules *rules;
  const Deciding *deciding;
  Arena arena;
  Entry *entries;
  size_t output_capacity, entry_capacity;
  uint32_t *new_names; /* open addressing: entries of users not in the partition, + 1 */
  size_t new_mask;
  uint64_t *hashes;
  int64_t *row_of;
  int32_t *again_of;           /* number of a stale text -> text of the batch */
  size_t n_again_of;
  Heap timers;
  struct Numbers *numbers;
  uint32_t *used_texts, *used_kinds;                          /* of the batch -> number in the partition, while staging */
  References added, dropped;
  Buffer records, *out; /* of the state; the one that is written to */
  int64_t *ends;
  size_t n_ends, end_capacity;
} Step;

typedef struct Numbers { /* numbers of the evaluation in hand, for the items of one window and M = features + dimension */
  int32_t n_features, dimension, width, nearest, runner_up; /* width: the dimension, padded */
  double mass, semantic_share, *explicit_, *shares, *item_shares, *chances;
  double *sines, *cosines;
  float length, *weights, *semantic, *scaled, *distances, *move, *contrast, *sums, *scales, *scores;
  const int8_t **vectors;
  uint8_t *codes;
  int32_t *values;
} Numbers;

Numbers *numbers_new(Arena *arena, const Rules *rules, int32_t n_segments, const Deciding *deciding);
void profile_of(Numbers *numbers, const Rules *rules, const User *user, int64_t now_ms);
void contrast_of(Numbers *numbers, const User *user);
void place_in(Numbers *numbers, const Model *model);
void shares_of(Numbers *numbers, const Model *model, const User *user, int32_t from, int32_t to);

User *user_new(Arena *arena, uint64_t hash, const uint8_t *name, uint32_t n);
User *user_copy(Arena *arena, const User *user);
User *user_with_item(Arena *arena, const User *user, int32_t at, int32_t n_dropped, const Item *item, const uint8_t *id,
                     uint32_t n_id);
User *user_with_labels(Arena *arena, const User *user, const Label *labels, int32_t n);
User *user_with_bytes(Arena *arena, const User *user, const uint8_t *trace, uint32_t n_trace, const uint8_t *traits,
                      uint32_t n_traits);
int32_t window_place(const User *user, int64_t time_ms, const uint8_t *id, uint32_t n_id);
uint32_t free_slot(const User *user, int32_t n_dropped);

typedef struct { int32_t segment, rule, pinned_by; } Transition; /* rule NONE: no change */
int32_t row_of_segment(const Model *model, int32_t segment);
int64_t dwell_due_ms(const Rules *rules, const User *user);
Transition decide(const Rules *rules, User *user, const Numbers *numbers, const Model *model, int64_t now_ms);
int32_t predict(const Deciding *deciding, Numbers *numbers, const User *user);
int32_t is_publication_due(const Deciding *deciding, const Numbers *numbers, int32_t n, const User *user, int64_t now_ms,
                           int64_t dwell_ms, Label *updated);

void put_sample(Step *step, Output *output);
int64_t find_row(const Partition *partition, const uint8_t *name, size_t n, uint64_t hash);

static inline const uint8_t *string_of(const Strings *strings, int64_t i, uint32_t *n) {
  int64_t start = i ? strings->ends[i - 1] : 0;
  *n = (uint32_t)(strings->ends[i] - start);
  return strings->bytes + start;
}

#endif

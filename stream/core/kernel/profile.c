/* From a window to a profile, to distances, to the shares of a move.
 *
 *   w_i = 2^(-age_i / half-life)                      weight of item i
 *   semantic = m / |m|, m = sum w_i s_i v_i / sum w_i  v_i int8, s_i its scale
 *   mass = (sum w_i)^2 / sum w_i^2                     Kish's effective number of items
 *
 * Sums over dimensions run in LANES lanes that are added at the end: the same order with any width of registers. */
#include "kernel.h"
#include "numbers.h"

static const double EXPLICIT_PRIOR = 1.0, CLIP = 4.0; /* as in scaler.py */

Numbers *numbers_new(Arena *arena, const Rules *rules, int32_t n_segments, const Deciding *deciding) {
  int32_t n_features = N_GENERAL + rules->n_kinds, width = (rules->dimension + PADDED - 1) / PADDED * PADDED;
  size_t n = (size_t)rules->window_items + 1, m = (size_t)n_features + width;
  Numbers *made = memset(arena_take(arena, sizeof(Numbers)), 0, sizeof(Numbers));
  made->n_features = n_features, made->dimension = rules->dimension, made->width = width;
  made->explicit_ = arena_take(arena, n_features * sizeof(double));
  made->shares = arena_take(arena, n_features * sizeof(double));
  made->item_shares = arena_take(arena, n * sizeof(double));
  made->chances = arena_take(arena, ((size_t)deciding->n_heads + 1) * sizeof(double));
  made->values = arena_take(arena, ((size_t)deciding->n_heads + 1) * sizeof(int32_t));
  made->scores = arena_take(arena, ((size_t)deciding->n_values + 1) * sizeof(float));
  made->weights = arena_take(arena, n * sizeof(float));
  made->sines = arena_take(arena, n * sizeof(double));
  made->cosines = arena_take(arena, n * sizeof(double));
  made->scales = arena_take(arena, n * sizeof(float));
  made->vectors = arena_take(arena, n * sizeof(int8_t *));
  made->codes = arena_take(arena, n);
  made->semantic = memset(arena_take(arena, width * sizeof(float)), 0, width * sizeof(float));
  made->contrast = arena_take(arena, width * sizeof(float));
  made->sums = arena_take(arena, width * sizeof(float));
  made->scaled = arena_take(arena, m * sizeof(float));
  made->move = arena_take(arena, m * sizeof(float));
  made->distances = arena_take(arena, ((size_t)n_segments + LANES) * sizeof(float));
  return made;
}

/* Weighted mean of items first to last - 1 into sums; a zero row where all weights are 0. */
HOT static void weighted_mean(const Numbers *numbers, int32_t first, int32_t last, float *restrict sums) {
  int32_t width = numbers->width;
  float total = 0;
  for (int32_t j = 0; j < width; j++) sums[j] = 0;
  for (int32_t i = first; i < last; i++) {
    const int8_t *restrict vector = numbers->vectors[i];
    float by = numbers->weights[i] * numbers->scales[i];
    total += numbers->weights[i];
    for (int32_t j = 0; j < width; j++) sums[j] += by * (float)vector[j];
  }
  if (total > 0)
    for (int32_t j = 0; j < width; j++) sums[j] = sums[j] / total;
}

static float sum_of(const float lanes[LANES]) {
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

HOT static float length_of(const float *row, int32_t width) {
  float lanes[LANES] = {0};
  for (int32_t j = 0; j < width; j += LANES)
    for (int32_t l = 0; l < LANES; l++) lanes[l] += row[j + l] * row[j + l];
  return __builtin_sqrtf(sum_of(lanes));
}

static double effective_size(const float *weights, int32_t first, int32_t last) {
  double sum = 0, squares = 0;
  for (int32_t i = first; i < last; i++) sum += weights[i], squares += (double)weights[i] * weights[i];
  return squares > 0 ? sum * sum / squares : 0;
}

static double log_of_size(double x) { return x < 0 ? -log1p_of(-x) : log1p_of(x); }

/* Weights of the items, and the hour of day of each as a point on a circle. */
HOT static void weigh(Numbers *numbers, const Item *items, int32_t n, int64_t now_ms, double half_life_ms) {
  for (int32_t i = 0; i < n; i++) {
    int64_t age_ms = now_ms > items[i].time_ms ? now_ms - items[i].time_ms : 0;
    numbers->weights[i] = (float)exp2_minus((double)age_ms / half_life_ms);
  }
  for (int32_t i = 0; i < n; i++) {
    int64_t of_day_ms = items[i].time_ms % DAY_MS;
    of_day_ms += of_day_ms < 0 ? DAY_MS : 0;
    sine_cosine((double)of_day_ms * (4.0 / DAY_MS), &numbers->sines[i], &numbers->cosines[i]);
  }
}

/* The explicit features in the order of features.py: eight general ones, then the share of each kind. */
static void explicit_features(Numbers *numbers, const User *user, int64_t now_ms) {
  const Item *items = items_of(user);
  int32_t n = user->n_items, n_near = 0, n_weekend = 0;
  int64_t newest = items[n - 1].time_ms, age = now_ms > newest ? now_ms - newest : 0, span = now_ms - items[0].time_ms;
  double total = 0, most = 0, sines = 0, cosines = 0, *x = numbers->explicit_;
  for (int32_t j = N_GENERAL; j < numbers->n_features; j++) x[j] = 0;
  for (int32_t i = 0; i < n; i++) {
    int64_t time = items[i].time_ms, weekday = (time / DAY_MS - (time % DAY_MS < 0) + 3) % 7; /* 0: Monday */
    sines += numbers->sines[i], cosines += numbers->cosines[i];
    total += items[i].amount;
    if (items[i].amount > most) most = items[i].amount;
    n_near += time > newest - HOUR_MS;
    n_weekend += (weekday < 0 ? weekday + 7 : weekday) >= 5;
    x[N_GENERAL + numbers->codes[i]] += 1.0;
  }
  x[0] = log1p_of((double)age / DAY_MS);
  x[1] = log1p_of(n / ((double)(span > DAY_MS ? span : DAY_MS) / DAY_MS));
  x[2] = log_of_size(total / n);
  x[3] = log1p_of(most);
  x[4] = (double)n_near / n;
  x[5] = sines / n;
  x[6] = cosines / n;
  x[7] = (double)n_weekend / n;
  for (int32_t j = N_GENERAL; j < numbers->n_features; j++) x[j] /= n;
}

/* The raw profile of a window with items, whose vectors, scales and codes are in `numbers`. */
void profile_of(Numbers *numbers, const Rules *rules, const User *user, int64_t now_ms) {
  int32_t n = user->n_items;
  weigh(numbers, items_of(user), n, now_ms, (double)rules->half_life_ms);
  explicit_features(numbers, user, now_ms);
  numbers->mass = (float)effective_size(numbers->weights, 0, n);
  weighted_mean(numbers, 0, n, numbers->semantic);
  numbers->length = length_of(numbers->semantic, numbers->width);
  if (numbers->length > 0)
    for (int32_t j = 0; j < numbers->width; j++) numbers->semantic[j] = numbers->semantic[j] / numbers->length;
}

static float noise(const float *weights, int32_t first, int32_t last) {
  float size = (float)effective_size(weights, first, last);
  return 1 / (size > 1e-6f ? size : 1e-6f);
}

/* The difference of the older and the newer half, scaled to the noise of a mean of so few items: see profile.py. */
void contrast_of(Numbers *numbers, const User *user) {
  int32_t n = user->n_items, half = n / 2;
  float own = noise(numbers->weights, 0, n), both = noise(numbers->weights, 0, half) + noise(numbers->weights, half, n);
  float by = n > 1 ? __builtin_sqrtf(own / both) : 0, length = numbers->length > 0 ? numbers->length : 1;
  weighted_mean(numbers, 0, half, numbers->contrast);
  weighted_mean(numbers, half, n, numbers->sums);
  for (int32_t j = 0; j < numbers->width; j++) numbers->contrast[j] = (numbers->contrast[j] - numbers->sums[j]) * by / length;
}

/* Four floats, added and multiplied at once: every x86-64 and aarch64 processor can. */
typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));

/* Euclidean distances to centroids that lie eight side by side. */
HOT static void distances_to(const float *columns, int32_t n_segments, const float *restrict scaled, int32_t m,
                              float *restrict distances) {
  for (int32_t block = 0; block < n_segments; block += LANES, columns += (size_t)m * LANES) {
    Four low = {0}, high = {0};
    for (int32_t j = 0; j < m; j++) {
      const Four *column = (const Four *)(columns + (size_t)j * LANES);
      Four a = scaled[j] - column[0], b = scaled[j] - column[1];
      low += a * a, high += b * b;
    }
    for (int32_t l = 0; l < 4; l++) {
      distances[block + l] = __builtin_sqrtf(low[l]);
      distances[block + 4 + l] = __builtin_sqrtf(high[l]);
    }
  }
}

/* The scaled vector u of the profile, as in scaler.py, its distances, and the two nearest segments. */
void place_in(Numbers *numbers, const Model *model) {
  int32_t n_features = numbers->n_features;
  double mass = numbers->mass, sure = mass / (mass + EXPLICIT_PRIOR) * model->explicit_factor;
  for (int32_t j = 0; j < n_features; j++) {
    double z = (numbers->explicit_[j] - model->explicit_mean[j]) / model->explicit_scale[j];
    numbers->scaled[j] = (float)((z < -CLIP ? -CLIP : z > CLIP ? CLIP : z) * sure);
  }
  double weighed = mass + model->semantic_prior;
  sure = __builtin_sqrt(mass / (weighed > 1e-9 ? weighed : 1e-9)) * model->semantic_factor;
  float by = (float)(sure / model->semantic_scale);
  for (int32_t j = 0; j < numbers->dimension; j++)
    numbers->scaled[n_features + j] = (numbers->semantic[j] - model->semantic_mean[j]) * by;
  distances_to(model->columns, model->n_segments, numbers->scaled, n_features + numbers->dimension, numbers->distances);
  const float *d = numbers->distances;
  int32_t nearest = 0, runner_up = NONE;
  for (int32_t k = 1; k < model->n_segments; k++)
    if (d[k] < d[nearest]) nearest = k;
  for (int32_t k = 0; k < model->n_segments; k++)
    if (k != nearest && (runner_up < 0 || d[k] < d[runner_up])) runner_up = k;
  numbers->nearest = nearest, numbers->runner_up = runner_up < 0 ? nearest : runner_up;
}

/* The part of an item along the texts' move, in lanes over the dimensions. */
HOT static float pull_of(const int8_t *vector, float by, const float *move, int32_t dimension) {
  float lanes[LANES] = {0};
  int32_t j = 0;
  for (; j + LANES <= dimension; j += LANES)
    for (int32_t l = 0; l < LANES; l++) lanes[l] += (float)vector[j + l] * by * move[j + l];
  for (; j < dimension; j++) lanes[0] += (float)vector[j] * by * move[j];
  return sum_of(lanes);
}

/* Shares in the gain |u - a|^2 - |u - b|^2 = sum (2u - a - b)(b - a) of a move from a to b; of items: in the pull of all.
 * a is the mean of all centroids unless `from` is in the model; b is u unless `to` is. */
void shares_of(Numbers *numbers, const Model *model, const User *user, int32_t from, int32_t to) {
  int32_t n_features = numbers->n_features, m = n_features + numbers->dimension;
  int32_t at = row_of_segment(model, from), to_at = row_of_segment(model, to);
  const float *u = numbers->scaled, *a = at < 0 ? model->centre : model->centroids + (size_t)at * m;
  const float *b = to_at < 0 ? u : model->centroids + (size_t)to_at * m;
  double total = 0, semantic = 0, pulled = 0;
  for (int32_t j = 0; j < m; j++) {
    numbers->move[j] = b[j] - a[j];
    float gain = (2 * u[j] - a[j] - b[j]) * numbers->move[j];
    if (j < n_features) numbers->shares[j] = gain, total += gain < 0 ? -(double)gain : gain;
    else semantic += gain;
  }
  total += semantic < 0 ? -semantic : semantic;
  if (!(total > 0)) total = 1;
  for (int32_t j = 0; j < n_features; j++) numbers->shares[j] /= total;
  numbers->semantic_share = semantic / total;
  for (int32_t i = 0; i < user->n_items; i++) {
    float by = numbers->scales[i] * numbers->weights[i];
    double pull = pull_of(numbers->vectors[i], by, numbers->move + n_features, numbers->dimension);
    numbers->item_shares[i] = pull, pulled += pull < 0 ? -pull : pull;
  }
  for (int32_t i = 0; i < user->n_items; i++) numbers->item_shares[i] /= pulled > 0 ? pulled : 1;
}

/* One window as columns, evaluated by itself: for explanations and what-ifs. `from` and `to` are rows of the model, whose
 * ids are 0 to K - 1. Results go to the arrays of `found`. */
EXPORT void segue_profile(const Rules *rules, const Model *model, int64_t now_ms, const Item *items, int32_t n,
                          const int8_t *vectors, int32_t from, int32_t to, Numbers *found) {
  Arena arena = {0};
  User head = {.n_items = (uint8_t)n};
  User *user = arena_take(&arena, sizeof(User) + (size_t)n * sizeof(Item));
  *user = head;
  memcpy(items_of(user), items, (size_t)n * sizeof(Item));
  for (int32_t i = 0; i < n; i++) found->vectors[i] = vectors + (size_t)i * found->width;
  profile_of(found, rules, user, now_ms);
  contrast_of(found, user);
  if (model) {
    place_in(found, model);
    shares_of(found, model, user, from, to);
  }
  arena_free(&arena);
}

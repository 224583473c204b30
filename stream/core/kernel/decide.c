/* The decision rule: hysteresis with a margin and a dwell, and the published labels. Reasons are in transition.py. */
#include "kernel.h"
#include "numbers.h"

static const double LABEL_MARGIN = 0.05, LOG2_E = 1.4426950408889634; /* the margin as in labels.py */

int32_t row_of_segment(const Model *model, int32_t segment) {
  for (int32_t k = 0; k < model->n_segments; k++)
    if (model->ids[k] == segment) return k;
  return NONE;
}

/* The larger of the overrides into `to` and out of `from`; without any, the policy's. */
static double margin_between(const Rules *rules, int32_t from, int32_t to) {
  double into = to < rules->n_symbols ? rules->into_margin[to] : -1, out = from < rules->n_symbols ? rules->out_margin[from] : -1;
  double most = into > out ? into : out;
  return most < 0 ? rules->margin : most;
}

static int64_t dwell_between(const Rules *rules, int32_t from, int32_t to) {
  int64_t into = to < rules->n_symbols ? rules->into_dwell[to] : -1, out = from < rules->n_symbols ? rules->out_dwell[from] : -1;
  int64_t most = into > out ? into : out;
  return most < 0 ? rules->dwell_ms : most;
}

/* When the dwell of the candidate ends; NONE without a candidate. */
int64_t dwell_due_ms(const Rules *rules, const User *user) {
  if (user->candidate == NONE) return NONE;
  return user->candidate_since_ms + dwell_between(rules, user->segment, user->candidate);
}

/* The rule that admits the nearest segment, or NONE while the margin protects the current one. */
static int32_t margin_rule(const Rules *rules, const User *user, const Numbers *numbers, const Model *model, int32_t to) {
  double distance = numbers->distances[numbers->nearest], margin = margin_between(rules, user->segment, to);
  int32_t at = row_of_segment(model, user->segment);
  if (user->segment == UNKNOWN) return KNOWN;
  if (at < 0) return RETIRED;
  if (to == UNKNOWN) return distance > model->thresholds[numbers->nearest] * (1 + margin) ? TO_UNKNOWN : NONE;
  return distance <= (double)numbers->distances[at] * (1 - margin) ? MARGIN_AND_DWELL : NONE;
}

static Transition by_margin(const Rules *rules, User *user, const Numbers *numbers, const Model *model, int32_t to, int64_t now_ms) {
  const Transition nothing = {NONE, NONE, NONE};
  if (user->segment == PENDING || user->segment == INACTIVE) {
    if (user->n_items < rules->min_items) return nothing;
    return (Transition){to, user->segment == PENDING ? ENTERED : RETURNED, NONE};
  }
  int32_t rule = to == user->segment ? NONE : margin_rule(rules, user, numbers, model, to);
  if (rule == NONE) {
    user->candidate = NONE;
    return nothing;
  }
  if (user->candidate != to) user->candidate = to, user->candidate_since_ms = now_ms;
  if (now_ms - user->candidate_since_ms < dwell_between(rules, user->segment, to)) return nothing;
  return (Transition){to, rule, NONE};
}

/* The change that is due now. The candidate of the user is updated; the change itself is not made.
 * Pins come first, then their end, then the empty window, then distances. Without items or a model no distance counts. */
Transition decide(const Rules *rules, User *user, const Numbers *numbers, const Model *model, int64_t now_ms) {
  const Transition nothing = {NONE, NONE, NONE};
  int32_t n = user->n_items, to = NONE;
  if (model && n) {
    int32_t k = numbers->nearest;
    to = (double)numbers->distances[k] > model->thresholds[k] ? UNKNOWN : model->ids[k];
  }
  if (user->pin >= 0 && user->pin < rules->n_pins) {
    int32_t segment = rules->pin_segments[user->pin], condition = rules->pin_conditions[user->pin];
    user->candidate = NONE;
    if (user->segment != segment) return (Transition){segment, PINNED, condition};
    user->pinned_by = condition;
    return nothing;
  }
  if (user->pinned_by != NONE) {
    if (!n) return (Transition){INACTIVE, UNPINNED, NONE};
    return to == NONE || n < rules->min_items ? nothing : (Transition){to, UNPINNED, NONE};
  }
  if (to != NONE) return by_margin(rules, user, numbers, model, to, now_ms);
  if (n) return nothing;
  user->candidate = NONE;
  if (user->segment == PENDING || user->segment == INACTIVE) return nothing;
  return (Transition){INACTIVE, TO_INACTIVE, NONE};
}

static const Label *label_named(const User *user, int32_t name) {
  for (int32_t i = 0; i < user->n_labels; i++)
    if (labels_of(user)[i].name == name) return &labels_of(user)[i];
  return NULL;
}

/* p = softmax(semantic . weight + bias) over the values of each head; a published value stays until another leads. */
int32_t predict(const Deciding *deciding, Numbers *numbers, const User *user) {
  float *scores = numbers->scores;
  for (int32_t v = 0; v < deciding->n_values; v++) scores[v] = 0;
  for (int32_t j = 0; j < numbers->dimension; j++)
    for (int32_t v = 0; v < deciding->n_values; v++)
      scores[v] += numbers->semantic[j] * deciding->weight[(size_t)j * deciding->n_values + v];
  int32_t start = 0;
  for (int32_t h = 0; h < deciding->n_heads; start += deciding->heads[h++].n_values) {
    const Head *head = &deciding->heads[h];
    const Label *last = label_named(user, head->name);
    double most = (double)scores[start] + deciding->bias[start], total = 0, own = NONE;
    int32_t best = 0;
    for (int32_t v = 1; v < head->n_values; v++) {
      double score = (double)scores[start + v] + deciding->bias[start + v];
      if (score > most) most = score, best = v;
    }
    for (int32_t v = 0; v < head->n_values; v++) {
      double chance = exp2_minus((most - ((double)scores[start + v] + deciding->bias[start + v])) * LOG2_E);
      total += chance;
      if (last && last->value != NONE && last->value == head->values[v]) own = chance;
    }
    double highest = 1 / total, needed = highest > head->threshold ? highest : head->threshold;
    own /= total;
    int is_kept = own >= 0 && own >= needed - LABEL_MARGIN;
    numbers->chances[h] = is_kept ? own : highest;
    numbers->values[h] = is_kept ? last->value : highest >= head->threshold ? head->values[best] : NONE;
  }
  return deciding->n_heads;
}

/* Whether all labels are to be published: one is new or gone, or another value has lasted for the dwell.
 * Otherwise `updated` has the labels with the values that are pending now. */
int32_t is_publication_due(const Deciding *deciding, const Numbers *numbers, int32_t n, const User *user, int64_t now_ms,
                           int64_t dwell_ms, Label *updated) {
  if (n != user->n_labels) return 1;
  for (int32_t h = 0; h < n; h++) {
    const Label *label = label_named(user, deciding->heads[h].name);
    int32_t value = numbers->values[h];
    if (!label) return 1;
    updated[h] = (Label){label->name, label->value, NONE, 0, 0};
    if (value == label->value) continue;
    updated[h].pending = value;
    updated[h].since_ms = label->since_ms && label->pending == value ? label->since_ms : now_ms;
    if (now_ms - updated[h].since_ms >= dwell_ms) return 1;
  }
  return 0;
}

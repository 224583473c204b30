/* Timers in a heap, by (due, hash of the name, dwell): never by row, which a restore changes.
 *
 * A timer is valid only while its user still has that due time, so outdated ones need no removal. */
#include "kernel.h"
#include <stdlib.h>

static int is_earlier(const Timer *a, const Timer *b) {
  if (a->due_ms != b->due_ms) return a->due_ms < b->due_ms;
  if (a->hash != b->hash) return a->hash < b->hash;
  return a->is_dwell < b->is_dwell;
}

void heap_push(Heap *heap, Timer timer) {
  heap->at = grown(heap->at, heap->n + 1, &heap->capacity, sizeof(Timer));
  size_t at = heap->n++;
  for (; at && is_earlier(&timer, &heap->at[(at - 1) / 2]); at = (at - 1) / 2) heap->at[at] = heap->at[(at - 1) / 2];
  heap->at[at] = timer;
}

Timer heap_pop(Heap *heap) {
  Timer first = heap->at[0], last = heap->at[--heap->n];
  size_t at = 0;
  for (size_t child; (child = 2 * at + 1) < heap->n; at = child) {
    if (child + 1 < heap->n && is_earlier(&heap->at[child + 1], &heap->at[child])) child++;
    if (!is_earlier(&heap->at[child], &last)) break;
    heap->at[at] = heap->at[child];
  }
  if (heap->n) heap->at[at] = last;
  return first;
}

/* Copy the timers due at or before until_ms to a heap of their own; this heap stays. */
void heap_due(const Heap *heap, int64_t until_ms, Heap *found) {
  size_t *stack = NULL, n = 0, capacity = 0;
  if (heap->n) {
    stack = grown(stack, 1, &capacity, sizeof(size_t));
    stack[n++] = 0;
  }
  while (n) {
    size_t at = stack[--n];
    if (at >= heap->n || heap->at[at].due_ms > until_ms) continue; /* no later one below it is due */
    heap_push(found, heap->at[at]);
    stack = grown(stack, n + 2, &capacity, sizeof(size_t));
    stack[n++] = 2 * at + 1;
    stack[n++] = 2 * at + 2;
  }
  free(stack);
}

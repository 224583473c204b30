/* Memory of a step: taken piece by piece, given back as a whole. */
#include "kernel.h"
#include <stdlib.h>

enum { FIRST_CHUNK = 1 << 16, LARGEST_CHUNK = 1 << 22 };

void *checked(void *memory) {
  if (!memory) abort();
  return memory;
}

void *arena_take(Arena *arena, size_t n) {
  Chunk *chunk = arena->first;
  n = (n + 15) & ~(size_t)15;
  if (!chunk || chunk->size - chunk->used < n) {
    size_t size = chunk ? 2 * chunk->size : FIRST_CHUNK;
    if (size > LARGEST_CHUNK) size = LARGEST_CHUNK;
    if (size < n) size = n;
    chunk = checked(malloc(((sizeof(Chunk) + 15) & ~(size_t)15) + size));
    *chunk = (Chunk){arena->first, 0, size};
    arena->first = chunk;
  }
  void *taken = (uint8_t *)chunk + ((sizeof(Chunk) + 15) & ~(size_t)15) + chunk->used;
  chunk->used += n;
  return taken;
}

void arena_free(Arena *arena) {
  for (Chunk *chunk = arena->first, *next; chunk; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  arena->first = NULL;
}

/* An array with room for n items, doubled when it is full. */
void *grown(void *array, size_t n, size_t *capacity, size_t item) {
  if (n <= *capacity) return array;
  size_t larger = *capacity ? *capacity : 64;
  while (larger < n) larger *= 2;
  *capacity = larger;
  return checked(realloc(array, larger * item));
}

/* Users by name. A slot has 32 bits of the name's hash and the row of the user; a whole name decides in the block. */
#include "kernel.h"
#include <stdlib.h>

/* FNV-1a with murmur's finaliser. Timers of one millisecond fire in the order of this number: never change it. */
uint64_t hash_of(const uint8_t *bytes, size_t n) {
  uint64_t h = 0xcbf29ce484222325u;
  for (size_t i = 0; i < n; i++) h = (h ^ bytes[i]) * 0x100000001b3u;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

void names_init(Names *names) {
  *names = (Names){checked(calloc(64, sizeof(NameSlot))), 63, 0};
}

static void place(Names *names, uint32_t tag, size_t at, uint32_t row) {
  while (names->slots[at].row) at = (at + 1) & names->mask;
  names->slots[at] = (NameSlot){tag, row};
}

/* The place of a slot follows from the tag alone while the table has at most 2^32 slots. */
void names_put(Names *names, uint64_t hash, uint32_t row) {
  if (3 * (names->n + 1) > 2 * (names->mask + 1)) { /* at most two thirds are in use */
    Names wider = {checked(calloc(2 * (names->mask + 1), sizeof(NameSlot))), 2 * names->mask + 1, names->n};
    for (size_t i = 0; i <= names->mask; i++)
      if (names->slots[i].row) place(&wider, names->slots[i].tag, names->slots[i].tag & wider.mask, names->slots[i].row);
    free(names->slots);
    *names = wider;
  }
  place(names, (uint32_t)hash, (uint32_t)hash & names->mask, row + 1);
  names->n++;
}

/* Remove a row, and move later slots of the same run back, so that no search stops too early. */
void names_remove(Names *names, uint64_t hash, uint32_t row) {
  size_t at = (uint32_t)hash & names->mask;
  while (names->slots[at].row != row + 1) at = (at + 1) & names->mask;
  for (size_t next = at;;) {
    names->slots[at].row = 0;
    for (;;) {
      next = (next + 1) & names->mask;
      if (!names->slots[next].row) {
        names->n--;
        return;
      }
      size_t home = names->slots[next].tag & names->mask;
      if (((next - home) & names->mask) >= ((next - at) & names->mask)) break; /* its search passes the hole */
    }
    names->slots[at] = names->slots[next];
    at = next;
  }
}

// snmalloc: write out of bounds at {place}: behind an object of {size} bytes at {object}
// with: 1 16 31 32 100 1000 4095 4096 16000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  size_t size = number(0);
  Neighbours pair = find_neighbours(make_sorted(3000, [=] { return sn_malloc(size); }));
  show("object", pair.left);
  show("size", size);
  show("place", pair.right - 1);
  if (misuse())
    poke(pair.right - 1);
  sn_free(pair.left);
}

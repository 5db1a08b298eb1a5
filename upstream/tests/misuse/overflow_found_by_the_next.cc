// snmalloc: write out of bounds at {place}: before an object of {size} bytes at {object}
// with: 15 31 63 127 1023 4095
#include "misuse.h"
#include "snmalloc_libc.h"

// The object behind is freed first: what was written over ends where it begins.
void run()
{
  size_t size = number(0);
  Neighbours pair = find_neighbours(make_sorted(3000, [=] { return sn_malloc(size); }));
  show("object", pair.right);
  show("size", size);
  show("place", pair.right - 1);
  EXPECT(pair.right - 1 >= pair.left + size);
  if (misuse())
    memset(pair.left, 'A', size_t(pair.right - pair.left));
  sn_free(pair.right);
}

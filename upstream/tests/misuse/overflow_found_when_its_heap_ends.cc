// snmalloc: write out of bounds at {place}: behind an object of {size} bytes at {object}
// with: 16 100 4000 40001 5000001
#include "misuse.h"
#include "snmalloc.h"

// Nobody frees the object.
void run()
{
  sn_heap* heap = sn_heap_new();
  auto* object = static_cast<char*>(sn_heap_alloc(heap, 1, number(0)));
  show("object", object);
  show("size", number(0));
  show("place", object + number(0));
  if (misuse())
    poke(object + number(0));
  sn_heap_delete(heap);
}

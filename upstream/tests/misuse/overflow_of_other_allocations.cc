// snmalloc: write out of bounds at {place}: behind an object of {size} bytes at {object}
// with: calloc:100 calloc:128 aligned:100 aligned:64 aligned:4096 grown:100 grown:120 grown:1000 shrunk:50 shrunk:99
// with: shrunk:16
#include "misuse.h"
#include "snmalloc_libc.h"

// The slack follows the size, also where realloc leaves the object in its place.
void run()
{
  size_t size = number(1);
  void* made = nullptr;
  if (strncmp(argument, "calloc", 6) == 0)
    made = sn_calloc(size, 1);
  else if (strncmp(argument, "aligned", 7) == 0)
    made = sn_aligned_alloc(64, size);
  else
    made = sn_realloc(sn_malloc(argument[0] == 'g' ? 97 : 100), size);
  auto* object = static_cast<char*>(made);
  show("object", object);
  show("size", size);
  show("place", object + size);
  memset(object, 'A', size);
  if (misuse())
    poke(object + size);
  sn_free(object);
}

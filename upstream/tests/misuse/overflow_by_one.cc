// snmalloc: write out of bounds at {place}: behind an object of {size} bytes at {object}
// with: 1 7 8 15 16 17 31 32 33 48 63 64 100 112 128 1000 1024 4095 4096 16384 32000 32767
#include "misuse.h"
#include "snmalloc_libc.h"

// Also where the size would fill its class, or a page, or a chunk.
void run()
{
  size_t size = number(0);
  auto* object = static_cast<char*>(sn_malloc(size));
  show("object", object);
  show("size", size);
  show("place", object + size);
  poke(object + size - 1);
  if (misuse())
    poke(object + size);
  sn_free(object);
}

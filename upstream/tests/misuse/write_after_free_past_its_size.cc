// snmalloc: write after free at {place}: in an object of {size} bytes at {object}
// with: 1 15 16 100 1000 4000
#include "misuse.h"
#include "snmalloc_libc.h"

// The byte behind it is watched as before.
void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("place", object + number(0));
  sn_free(object);
  if (misuse())
    poke(object + number(0));
  exit(0);
}

// snmalloc: write out of bounds at {place}: behind an object of {size} bytes at {object}
// with: 1:0 16:0 100:0 1000:0 16:255 100:255 100000:0 100000:255
#include "misuse.h"
#include "snmalloc_libc.h"

// The end of a string, and -1.
void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("place", object + number(0));
  if (misuse())
    poke(object + number(0), char(number(1)));
  sn_free(object);
}

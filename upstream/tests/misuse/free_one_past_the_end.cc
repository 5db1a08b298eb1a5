// snmalloc: free of {pointer}: inside an object of {size} bytes at {object}
// with: 1 15 16 31 100 128 1000 4096 32000 40000 65536 100000
#include "misuse.h"
#include "snmalloc_libc.h"

// No other object starts there, also where the size would fill its class or whole pages.
void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("pointer", object + number(0));
  sn_free(object + (misuse() ? number(0) : 0));
}

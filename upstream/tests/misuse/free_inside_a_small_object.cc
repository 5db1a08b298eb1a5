// snmalloc: free of {pointer}: inside an object of {size} bytes at {object}
// with: 16:1 16:8 16:15 100:16 100:64 1000:500 32000:31999 32000:4096
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("pointer", object + number(1));
  sn_free(object + (misuse() ? number(1) : 0));
}

// snmalloc: free of {pointer}: inside an object of {size} bytes at {object}
// with: 40000:1 40000:16 40000:16384 65536:65535 5000000:16 5000000:4096 5000000:2500000 5000000:4999999
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

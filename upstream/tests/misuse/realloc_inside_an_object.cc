// snmalloc: realloc of {pointer}: inside an object of {size} bytes at {object}
// with: 16:8 100:16 1000:999 40000:16384 5000000:16
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("pointer", object + number(1));
  sn_free(sn_realloc(object + (misuse() ? number(1) : 0), 200));
}

// snmalloc: write out of bounds at {place}: behind an object of {size} bytes at {object}
// with: 100:101 100:99 100:5000 100:100000 5000:100 100000:100001 100000:300000 100000:90000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("place", object + number(0));
  if (misuse())
    poke(object + number(0));
  sn_free(sn_realloc(object, number(1)));
}

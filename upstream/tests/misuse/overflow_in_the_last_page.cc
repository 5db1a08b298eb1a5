// snmalloc: write out of bounds at {place}: behind an object of {size} bytes at {object}
// with: 40000:40000 40000:40959 100000:100007 1048575:1048575 5000001:5000001
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("place", object + number(1));
  poke(object + number(0) - 1);
  if (misuse())
    poke(object + number(1));
  sn_free(object);
}

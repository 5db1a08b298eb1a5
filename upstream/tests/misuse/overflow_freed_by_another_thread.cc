// snmalloc: write out of bounds at {place}: behind an object of {size} bytes at {object}
// with: 16 100 4096 100000
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
  std::thread([=] { sn_free(object); }).join();
}

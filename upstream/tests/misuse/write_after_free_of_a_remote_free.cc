// snmalloc: write after free at {place}: in an object of {size} bytes at {object}
// with: 1:0 16:15 100:50 1000:999 32000:31999
#include "misuse.h"
#include "snmalloc_libc.h"

// Another thread frees it; the writer did not hear of that.
void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("place", object + number(1));
  std::thread([=] { sn_free(object); }).join();
  if (misuse())
    poke(object + number(1));
  exit(0);
}

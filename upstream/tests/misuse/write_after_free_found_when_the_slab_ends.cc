// snmalloc: write after free at {place}: in an object of {size} bytes at {object}
// with: 1:0:1 16:15:1 100:0:8 100:99:1 1000:468:64 32000:16000:1
#include "misuse.h"
#include "snmalloc_libc.h"

// Nothing is allocated any more: the slab is given back when its thread ends.
void run()
{
  size_t size = number(0);
  std::thread([=] {
    auto* object = static_cast<char*>(sn_malloc(size));
    show("object", object);
    show("size", size);
    show("place", object + number(1));
    sn_free(object);
    if (misuse())
      for (size_t count = 0; count < number(2); count++)
        poke(object + number(1) + count);
  }).join();
}

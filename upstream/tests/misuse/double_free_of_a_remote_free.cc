// snmalloc: double free of {object}: an object of {size} bytes
// with: 1 100 32000
#include "misuse.h"
#include "snmalloc_libc.h"

// The first free is still under way to the owner.
void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  show("size", number(0));
  std::thread([=] {
    sn_free(object);
    if (misuse())
      sn_free(object);
  }).join();
}

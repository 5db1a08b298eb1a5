// snmalloc: double free of {object}: an object of {size} bytes
// with: 1 100 32000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  show("size", number(0));
  std::thread([=] { sn_free(object); }).join();
  if (misuse())
    sn_free(object);
}

// snmalloc: double free of {object}: an object of {size} bytes
// with: 1 15 16 17 100 1000 4096 32000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  show("size", number(0));
  sn_free(object);
  if (misuse())
    sn_free(object);
}

// snmalloc: double free of {object}: memory that was given back
// with: 40000 65536 100000 5000000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  sn_free(object);
  if (misuse())
    sn_free(object);
}

// snmalloc: double free of {object}: an object of 0 bytes
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* object = sn_malloc(0);
  show("object", object);
  sn_free(object);
  if (misuse())
    sn_free(object);
}

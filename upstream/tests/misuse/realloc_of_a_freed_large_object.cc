// snmalloc: realloc of {object}: memory that was given back
// with: 40000:100 40000:50000 5000000:9000000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  if (misuse())
    sn_free(object);
  sn_free(sn_realloc(object, number(1)));
}

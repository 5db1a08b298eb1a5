// snmalloc: realloc of {object}: a freed object of {size} bytes
// with: 1:2 100:50 100:200 1000:100000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* object = sn_malloc(number(0));
  show("object", object);
  show("size", number(0));
  if (misuse())
    sn_free(object);
  sn_free(sn_realloc(object, number(1)));
}

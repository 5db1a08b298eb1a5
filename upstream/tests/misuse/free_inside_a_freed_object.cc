// snmalloc: free of {pointer}: not the start of a live object
// with: 16:8 100:16 1000:500
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  auto* object = static_cast<char*>(sn_malloc(number(0)));
  show("object", object);
  show("size", number(0));
  show("pointer", object + number(1));
  sn_free(object);
  if (misuse())
    sn_free(object + number(1));
}

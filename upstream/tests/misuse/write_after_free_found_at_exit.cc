// snmalloc: write after free at {place}: in an object of {size} bytes at {object}
// with: 1:0:1 16:0:1 16:15:1 100:0:8 100:46:8 100:92:8 100:99:1 1000:0:64 1000:468:64 1000:936:64 32000:16000:1
// with: 32000:31999:1
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  size_t size = number(0);
  auto* object = static_cast<char*>(sn_malloc(size));
  show("object", object);
  show("size", size);
  show("place", object + number(1));
  sn_free(object);
  if (misuse())
    for (size_t count = 0; count < number(2); count++)
      poke(object + number(1) + count);
  exit(0);
}

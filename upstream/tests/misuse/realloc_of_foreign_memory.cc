// snmalloc: realloc of {pointer}: not memory of this allocator
// with: stack null heap
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  alignas(16) char local[100];
  void* pointer = local;
  if (strcmp(argument, "null") == 0)
    pointer = reinterpret_cast<void*>(8);
  else if (strcmp(argument, "heap") == 0)
    pointer = malloc(100);
  show("pointer", pointer);
  sn_free(sn_realloc(misuse() ? pointer : sn_malloc(100), 200));
}

// snmalloc: free of {pointer}: not memory of this allocator
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  alignas(16) char local[100];
  show("pointer", local);
  sn_free(misuse() ? local : sn_malloc(100));
}

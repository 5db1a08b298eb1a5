// snmalloc: free of {pointer}: not memory of this allocator
// with: 1 100 5000 1000000
#include "misuse.h"
#include "snmalloc_libc.h"

void run()
{
  void* other = sn_malloc(number(0));
  void* pointer = malloc(number(0));
  show("pointer", pointer);
  sn_free(misuse() ? pointer : other);
  free(misuse() ? other : pointer);
}

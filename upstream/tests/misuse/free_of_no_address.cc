// snmalloc: free of {pointer}: not memory of this allocator
// with: 1 8 16 4096 65536 0x7ffffffff000 0x800000000000 0x8000000000000000 0xffffffffffffffff
#include "misuse.h"
#include "snmalloc_libc.h"

// Null and a little more, what no process may map, and what is no address at all.
void run()
{
  auto* pointer = reinterpret_cast<void*>(number(0));
  show("pointer", pointer);
  sn_free(misuse() ? pointer : sn_malloc(100));
}

// snmalloc: free of {pointer}: not memory of this allocator
// with: unmapped mapped
#include "misuse.h"
#include "snmalloc_libc.h"

#include <sys/mman.h>

void run()
{
  void* other = sn_malloc(100);
  void* pointer = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT(pointer != MAP_FAILED);
  if (strcmp(argument, "unmapped") == 0)
    EXPECT(munmap(pointer, 1 << 20) == 0);
  show("pointer", pointer);
  sn_free(misuse() ? pointer : other);
}

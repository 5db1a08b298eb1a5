// snmalloc: free of {pointer}: not memory of this allocator
// with: data constant code
#include "misuse.h"
#include "snmalloc_libc.h"

namespace
{
alignas(16) char data[100] = "data";
alignas(16) const char constant[100] = "constant";
} // namespace

void run()
{
  void* pointer = strcmp(argument, "data") == 0 ? data : const_cast<char*>(constant);
  if (strcmp(argument, "code") == 0)
    pointer = reinterpret_cast<void*>(&run);
  show("pointer", pointer);
  sn_free(misuse() ? pointer : sn_malloc(100));
}

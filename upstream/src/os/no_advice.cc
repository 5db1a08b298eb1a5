// What the os contract has that systems other than Linux do not: advice, address space at an address, fences for all
// threads, and nodes of memory.
#include "os/os.h"

namespace sn::os
{
void populate(void*, size_t) {}

Populated populate_huge(void*, size_t)
{
  return Populated::refused;
}

bool fence_all_threads()
{
  return false;
}

unsigned node_of_this_thread()
{
  return 0;
}

bool reserve_at(void*, size_t)
{
  return false;
}
} // namespace sn::os

// The part of the os contract that is advice, on systems that take none.
#include "os/os.h"

namespace sn::os
{
void populate(void*, size_t) {}

Populated populate_huge(void*, size_t)
{
  return Populated::refused;
}
} // namespace sn::os

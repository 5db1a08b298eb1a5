// Allocating under a memory limit, or where there is only so much memory: before a request is refused, what is free
// anywhere makes room, and what is on its way back is waited for.
//
// Memory comes back at every moment, so no figure of one moment refuses a request. It is made again as long as
// something has come back since it was made last; but only so often, for where others allocate and free all the time,
// something always has.
//
// Any thread, outside any SlowPath.
#pragma once

#include "base/options.h"
#include "range/space.h"

namespace sn
{
class Shortage
{
public:
  // Lets go of what all heaps hold back. False: that would be in vain.
  SN_COLD bool makes_room();

private:
  unsigned tries = 0;
  size_t returns_before = 0;
};

// Calls `allocate`, which returns null when memory is refused; again if that may help.
template<typename Allocate>
auto within_limit(size_t size, Allocate allocate)
{
  auto* object = allocate();
  if (SN_LIKELY(object != nullptr) || size > options.memory_limit_bytes || size > space::max_bytes)
    return object;
  for (Shortage shortage; object == nullptr && shortage.makes_room();)
    object = allocate();
  return object;
}
} // namespace sn

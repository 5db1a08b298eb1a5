// Allocating when memory is short. Before a request is refused, all free memory makes room for it, and memory that is
// on its way back is waited for.
//
// Memory comes back at any moment. So a request is tried again as long as memory has come back since the last try; but
// only so often, because where others allocate and free all the time, some always has.
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
  // Trims all heaps. False: that would be in vain.
  SN_COLD bool makes_room();

private:
  unsigned tries = 0;
  size_t returns_before = 0;
};

// Calls `allocate`, which returns null when memory is refused, and calls it again if that may help.
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

// Allocating under a memory limit: before a request is refused, what is free anywhere makes room.
//
// Any thread, outside any SlowPath.
#pragma once

#include "base/options.h"
#include "front/trim.h"

namespace sn
{
// Calls `allocate`, which returns null when memory is refused; once more if that may help.
template<typename Allocate>
void* within_limit(size_t size, Allocate allocate)
{
  void* object = allocate();
  bool is_hopeless = options.memory_limit_bytes == ~size_t(0) || size > options.memory_limit_bytes;
  if (SN_LIKELY(object != nullptr) || is_hopeless || trim() == 0)
    return object;
  return allocate();
}
} // namespace sn

// Allocating under a memory limit, or where there is only so much memory: before a request is refused, what is free
// anywhere makes room.
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
  if (SN_LIKELY(object != nullptr) || (config::has_system && is_hopeless))
    return object;
  bool has_purged = trim() != 0; // without a system nothing goes back, but pieces join
  return has_purged || !config::has_system ? allocate() : nullptr;
}
} // namespace sn

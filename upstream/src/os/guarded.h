// Memory from the system that has, with checks, inaccessible address space on both sides. So an overflow of another
// mapping stops before it reaches ours.
//
// Any thread.
#pragma once

#include "base/bits.h"
#include "os/os.h"

namespace sn::os
{
constexpr size_t guard_bytes = config::checks ? 64 * config::KiB : 0;

// As reserve().
inline void* reserve_guarded(size_t bytes, size_t alignment)
{
  if constexpr (!config::checks)
    return reserve(bytes, alignment);
  size_t before = alignment > guard_bytes ? alignment : align_up(guard_bytes, alignment);
  auto* start = static_cast<char*>(reserve(before + bytes + guard_bytes, alignment));
  if (start == nullptr)
    return nullptr;
  char* object = start + before;
  if constexpr (config::must_commit) // what nobody commits is inaccessible
    return object;
  if (before > guard_bytes)
    release(start, before - guard_bytes);
  if (protect(object - guard_bytes, guard_bytes, false) && protect(object + bytes, guard_bytes, false))
    return object;
  release(object - guard_bytes, guard_bytes + bytes + guard_bytes);
  return nullptr;
}

// As release(), of the whole.
inline bool release_guarded(void* start, size_t bytes)
{
  return release(static_cast<char*>(start) - guard_bytes, guard_bytes + bytes + guard_bytes);
}

// As reserve_guarded(), for memory that is used as a whole.
inline void* reserve_committed(size_t bytes, size_t alignment)
{
  void* start = reserve_guarded(bytes, alignment);
  if (start == nullptr || commit(start, bytes))
    return start;
  release_guarded(start, bytes);
  return nullptr;
}
} // namespace sn::os

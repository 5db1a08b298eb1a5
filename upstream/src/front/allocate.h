// Allocation. The fast path: size class, the thread's magazine, its top object.
//
// Any thread.
#pragma once

#include "front/thread.h"

namespace sn
{
// All that the fast path cannot do. Null: the system refuses memory.
void* allocate_slow(size_t alignment, size_t size);

SN_INLINE void* allocate(size_t alignment, size_t size)
{
  size_t last = last_offset(alignment, size);
  if (SN_UNLIKELY(last >= config::small_max_bytes))
    return allocate_slow(alignment, size);
  Magazines* magazines = sn_my_magazines;
  unsigned size_class = magazines->class_table.of[last / class_step_bytes];
  if (void* object = magazines->pop(size_class); SN_LIKELY(object != nullptr))
    return object;
  return allocate_slow(alignment, size);
}

// With the first `size` bytes zero.
void* allocate_zeroed(size_t alignment, size_t size);
} // namespace sn

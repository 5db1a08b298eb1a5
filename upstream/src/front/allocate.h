// Allocation. The fast path: size class, the thread's magazine, its top object.
//
// Any thread.
#pragma once

#include "front/thread.h"

namespace sn
{
// All that the fast path cannot do. Null: the system refuses memory.
void* allocate_slow(size_t alignment, size_t size);

// Null: allocate_slow() may know better.
SN_INLINE void* allocate_fast(size_t alignment, size_t size)
{
  size_t last = last_offset(alignment, size);
  if (SN_UNLIKELY(!is_small(last)))
    return nullptr;
  Magazines* magazines = my_magazines();
  return magazines->pop(magazines->class_table.class_of(last));
}

SN_INLINE void* allocate(size_t alignment, size_t size)
{
  if (void* object = allocate_fast(alignment, size); SN_LIKELY(object != nullptr))
    return object;
  return allocate_slow(alignment, size);
}

// With the first `size` bytes zero.
void* allocate_zeroed(size_t alignment, size_t size);
} // namespace sn

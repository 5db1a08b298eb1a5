// Allocation. The fast path: size class, the thread's magazine, its top object.
//
// Any thread.
#pragma once

#include "front/checked.h"

namespace sn
{
// What the C interface passes, which knows no alignment. The object is aligned for every type of C.
constexpr size_t unsaid_alignment = config::checks ? Layout::unsaid : c_alignment;

// Does what the fast path cannot. Null: the system refuses memory.
void* allocate_slow(size_t alignment, size_t size, Heap* private_heap = nullptr);
// The same for small objects: fills the magazine of the class. Where memory is scarce, the object may be a free one of
// a larger class.
void* allocate_of_class(unsigned size_class, size_t alignment, Heap* private_heap = nullptr);

// Null: the caller has to ask allocate_slow().
SN_INLINE void* allocate_fast(size_t alignment, size_t size, Heap* private_heap = nullptr)
{
  if constexpr (config::checks)
    return checked::allocate_object({alignment, size}, private_heap);
  size_t last = last_offset(alignment, size);
  if (SN_UNLIKELY(!is_small(last)))
    return nullptr;
  Magazines* magazines = magazines_of(private_heap);
  unsigned size_class = magazines->class_table.class_of(last);
  void* object = magazines->pop(size_class, size);
  if (object != nullptr)
    count_allocation(*static_cast<Heap*>(magazines), size_class);
  return object;
}

SN_INLINE void* allocate(size_t alignment, size_t size, Heap* private_heap = nullptr)
{
  if constexpr (config::checks)
    return checked::allocate_object({alignment, size}, private_heap);
  if (void* object = allocate_fast(alignment, size, private_heap); SN_LIKELY(object != nullptr))
    return object;
  return allocate_slow(alignment, size, private_heap);
}

// With the first `size` bytes zero.
void* allocate_zeroed(size_t alignment, size_t size, Heap* private_heap = nullptr);
} // namespace sn

// Large objects: each has a range to itself, in whole chunks, owned by no heap.
//
// Any thread.
#pragma once

#include "front/thread.h"

namespace sn
{
// For figures. Relaxed: independent counters.
struct LargeCounts
{
  std::atomic<size_t> allocations{0};
  std::atomic<size_t> frees{0};
  std::atomic<size_t> live_bytes{0};
};
inline LargeCounts large_counts;

// Null: the system refuses memory, or nothing could hold the request. With `zero` the first `size` bytes are 0.
void* allocate_large(size_t alignment, size_t size, bool zero);

void free_large(void* object);

// Makes a large object larger or smaller where it is. Returns its bytes, or 0 if it stays as it is.
size_t resize_large_in_place(void* object, size_t new_size);

// As above, or by moving its pages. Null: only a copy will do.
void* resize_large(void* object, size_t alignment, size_t new_size);
} // namespace sn

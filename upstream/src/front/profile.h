// Sampling allocations for a profile; see include/snmalloc_profile.h. Nothing of it is in builds without
// SN_PROFILE, and nothing is called in those without config::profiles.
//
// 1. Every allocation is counted once, in the heap that serves it: by the fast path, or where that is left, by
//    sample(). Between allocations no countdown is negative: where it is, the fast path has counted.
// 2. A sampled object is a large one, however small: so frees find it in their slow path, and others pay nothing.
// 3. Call-backs run outside of all locks and brackets, with sampling paused. An object has its call before it is handed
//    out, and another before it is freed, so that nobody else has it meanwhile.
//
// Any thread.
#pragma once

#include "front/large.h"

namespace sn::profile
{
using OnSample = void* (*)(size_t profile, size_t bytes);
using OnFree = void (*)(size_t profile, void* token, size_t bytes);

// Returns its number, or 0: one runs already.
size_t start(size_t interval_bytes, OnSample on_sample, OnFree on_free);
void stop(size_t number);

// What the thread allocates from here to resume() is not sampled. Calls nest.
void pause();
void resume();

// For the inline functions below.
bool is_due(size_t bytes, Heap* private_heap);
void* allocate_sampled(Layout layout, bool zero, Heap* private_heap);
void report_free(LargeObject* large);
void attach(LargeObject* large, size_t bytes);

// Counts an allocation that the fast path did not. If it is to be sampled, here it is; null otherwise.
SN_INLINE void* sample(Layout layout, bool zero, Heap* private_heap)
{
  if constexpr (config::profiles)
    if (SN_UNLIKELY(is_due(layout.size, private_heap)))
      return allocate_sampled(layout, zero, private_heap);
  return nullptr;
}

// Before a large object is freed.
SN_INLINE void before_free(void* object)
{
  if constexpr (config::profiles)
    if (LargeObject* large = large_at(object); SN_UNLIKELY(large->profile != 0))
      report_free(large);
}

// After one has another size.
SN_INLINE void after_resize(void* object, size_t bytes, Heap* private_heap)
{
  if constexpr (config::profiles)
  {
    before_free(object);
    if (SN_UNLIKELY(is_due(bytes, private_heap)))
      attach(large_at(object), bytes);
  }
}
} // namespace sn::profile

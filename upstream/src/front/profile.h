// Sampling allocations for a profile; see include/snmalloc_profile.h. Builds without SN_PROFILE do not have it, and
// builds without config::profiles do not call it.
//
// 1. Every allocation is counted once, in the heap that serves it: by the fast path, or else by sample(). Between
//    allocations no countdown is negative. If one is negative, the fast path has counted.
// 2. A sampled object is a large object, whatever its size. So only slow paths of frees look for it.
// 3. Call-backs run outside of all locks and brackets, with sampling paused. The first call for an object comes before
//    it is handed out, the second before it is freed. So nobody else has the object during a call.
//
// Any thread.
#pragma once

#include "front/large.h"

namespace sn::profile
{
using OnSample = void* (*)(size_t profile, size_t bytes);
using OnFree = void (*)(size_t profile, void* token, size_t bytes);

// Returns the profile's number. 0: another one runs.
size_t start(size_t interval_bytes, OnSample on_sample, OnFree on_free);
void stop(size_t number);

// What the thread allocates until resume() is not sampled. Calls nest.
void pause();
void resume();

// For the inline functions below.
bool is_due(size_t bytes, Heap* private_heap);
void* allocate_sampled(Layout layout, bool zero, Heap* private_heap);
void report_free(LargeObject* large);
void attach(LargeObject* large, size_t bytes);

// Counts an allocation that the fast path did not count. Returns the object if it is a sample, or null.
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

// After a large object was resized.
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

// The quick paths of large objects. Their ranges come from the cache of the calling thread's heap (heap/large_cache.h),
// and go back to it. front/large.h does what needs more.
//
// Any thread.
#pragma once

#include "front/large.h"

namespace sn
{
// Null: the cache has no such range, or a profile may have to count the allocation.
SN_INLINE void* allocate_kept(size_t alignment, size_t size, Heap* private_heap)
{
  bool may = config::keeps_large && !config::profiles && private_heap == nullptr && alignment <= config::chunk_bytes &&
             size <= config::large_cache_max_bytes;
  Heap* heap = may ? own_heap() : nullptr;
  if (heap == nullptr || !heap->enter_quickly())
    return nullptr;
  LargeObject* large = nullptr;
  bool has_work =
    heap->large_cache.is_tick() || heap->has_old_holes || space::has_excess.load(std::memory_order_relaxed);
  if (SN_LIKELY(!has_work))
    large = static_cast<LargeObject*>(heap->large_cache.take(space::chunks_for(size)));
  if (SN_LIKELY(large != nullptr))
  {
    heap->counts.large.add({1, 0, large->bytes(), 0});
    count_bytes({large->bytes(), 0});
    large->owner = large->profile = 0;
    page_map::entry_of(large->base).tag.store(large_tag, std::memory_order_relaxed);
  }
  heap->leave();
  return large == nullptr ? nullptr : address_of(large);
}

// Puts a freed large object into the cache. False: nothing is done yet.
SN_INLINE bool keep(Entry& entry)
{
  auto* large = static_cast<LargeObject*>(range_at(entry));
  Heap* heap = own_heap();
  bool may = config::keeps_large && !large->fresh && large->owner == 0 && large->profile == 0;
  if (!may || heap == nullptr || !heap->enter_quickly())
    return false;
  large->zero = false;
  bool is_kept = heap->large_cache.put(large);
  if (SN_LIKELY(is_kept))
  {
    entry.tag.store(free_tag, std::memory_order_relaxed);
    heap->counts.large.add({0, 1, 0, large->bytes()});
    count_bytes({0, large->bytes()});
  }
  heap->leave();
  return is_kept;
}
} // namespace sn

// The quick paths of large objects: their ranges come from what the calling thread's heap keeps (heap/large_cache.h),
// and go there. Whatever needs more is left to front/large.h.
//
// Any thread.
#pragma once

#include "front/large.h"

namespace sn
{
// Null: there is nothing to be had so quickly, as where allocations are counted for a profile.
SN_INLINE void* allocate_kept(size_t alignment, size_t size, Heap* private_heap)
{
  bool may = config::keeps_large && !config::profiles && private_heap == nullptr && alignment <= config::chunk_bytes &&
             size <= config::large_cache_max_bytes;
  Heap* heap = may ? own_heap() : nullptr;
  if (heap == nullptr || !heap->enter_quickly())
    return nullptr;
  LargeObject* large = nullptr;
  if (SN_LIKELY(!heap->large_cache.is_tick()))
    large = static_cast<LargeObject*>(heap->large_cache.take(space::chunks_for(size)));
  if (SN_LIKELY(large != nullptr))
  {
    heap->counts.large.add({1, 0, large->bytes(), 0});
    large->owner = large->profile = 0;
    page_map::entry_of(large->base).tag.store(large_tag, std::memory_order_relaxed);
  }
  heap->leave();
  return large == nullptr ? nullptr : address_of(large);
}

// Keeps a large object that is freed. False: there is more to do.
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
  }
  heap->leave();
  return is_kept;
}
} // namespace sn

// Freeing. The fast path: the tag of the object's chunk says "mine, small, of this class" in one compare; the object
// goes on top of the thread's magazine.
//
// Any thread.
#pragma once

#include "front/checked.h"

namespace sn
{
// The object is not the thread's own, not small, or its magazine is full.
void free_slow(void* object, Heap* chosen = nullptr);

// `object` is not null.
SN_INLINE void free(void* object, Layout passed = {}, Heap* chosen = nullptr)
{
  if constexpr (config::checks)
    return checked::free(object, passed, chosen);
  Tag tag = page_map::entry_of(uintptr_t(object)).tag.load(std::memory_order_relaxed);
  Magazines* magazines = magazines_of(chosen);
  Tag size_class = tag ^ magazines->tag;
  if (SN_UNLIKELY(size_class >= class_count) || SN_UNLIKELY(!magazines->push(size_class, object)))
    free_slow(object, chosen);
  else
    static_cast<Heap*>(magazines)->count_free(size_class);
}
} // namespace sn

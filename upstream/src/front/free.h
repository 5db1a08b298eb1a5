// Freeing. The fast path: the tag of the object's chunk says "mine, small, of this class" in one compare; the object
// goes on top of the thread's magazine.
//
// A caller that names a layout has an object. C programs also pass null and wrong addresses, so free_any() first asks
// the page map whether it knows the address. It does not know null, so null needs no test of its own.
//
// Any thread.
#pragma once

#include "front/checked.h"

namespace sn
{
// For an object that is not the thread's own, or not small, or whose magazine is full.
void free_slow(void* object, Heap* private_heap = nullptr);

// Does nothing if `pointer` is null. Any other address is misuse here, and ends the process.
void free_nothing(const void* pointer);

SN_INLINE void free_tagged(void* object, Tag tag, Heap* private_heap)
{
  Magazines* magazines = magazines_of(private_heap);
  unsigned size_class = kind_if_owned(tag, magazines->tag);
  if (SN_UNLIKELY(size_class >= class_count) || SN_UNLIKELY(!magazines->push(size_class, object)))
    free_slow(object, private_heap);
  else
    count_free(*static_cast<Heap*>(magazines), size_class);
}

// `object` is a live object.
SN_INLINE void free(void* object, Layout passed = {}, Heap* private_heap = nullptr)
{
  if constexpr (config::checks)
    return checked::free_object(object, passed, private_heap);
  free_tagged(object, page_map::entry_of(uintptr_t(object)).tag.load(std::memory_order_relaxed), private_heap);
}

// Null is ignored. What is no live object is misuse, which ends the process. `passed` is what the caller says of the
// object; only builds with checks look at it.
SN_INLINE void free_any(void* pointer, Layout passed = {}, Heap* private_heap = nullptr)
{
  if constexpr (config::checks)
  {
    if (SN_LIKELY(pointer != nullptr))
      checked::free_object(pointer, passed, private_heap);
    return;
  }
  uintptr_t origin = page_map::find_origin(uintptr_t(pointer));
  if (SN_UNLIKELY(origin == 0))
    return free_nothing(pointer);
  Tag tag = page_map::entry_from(origin, uintptr_t(pointer)).tag.load(std::memory_order_relaxed);
  free_tagged(pointer, tag, private_heap);
}
} // namespace sn

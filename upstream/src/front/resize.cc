#include "front/resize.h"

#include "front/allocate.h"
#include "front/free.h"
#include "front/limit.h"
#include "front/profile.h"
#include "front/usable.h"
#include "range/space.h"
#include "slab/misuse.h"

#include <string.h>

namespace sn
{
namespace
{
void* resize_by_copy(void* object, size_t alignment, size_t old_size, size_t new_size, Heap* private_heap)
{
  bool grows = new_size > old_size && !is_small(last_offset(alignment, old_size)) && !config::profiles;
  void* copy = grows ? allocate(alignment, grown_bytes(new_size), private_heap) : nullptr;
  if (copy == nullptr)
    copy = allocate(alignment, new_size, private_heap);
  if (copy == nullptr)
    return nullptr;
  memcpy(copy, object, old_size < new_size ? old_size : new_size);
  free(object, {}, private_heap);
  return copy;
}

// All but objects that stay in their size class.
void* resize_slow(void* object, size_t alignment, size_t old_size, size_t new_size, Heap* private_heap)
{
  // An object that could not be made smaller is larger than its layout says, so ask for what it really is.
  Tag tag = page_map::find_tag(uintptr_t(object));
  if (SN_UNLIKELY(tag == no_tag))
    misuse::no_object(misuse::Act::realloc, object);
  auto resize_as_it_is = [=] {
    void* resized = resize_large(object, {alignment, new_size}, private_heap);
    if (resized != nullptr)
      profile::after_resize(resized, new_size, private_heap);
    return resized;
  };
  bool is_large = tag == large_tag && !is_small(last_offset(alignment, new_size));
  if (is_large)
    if (void* resized = resize_as_it_is())
      return resized;
  if (void* copy = resize_by_copy(object, alignment, old_size, new_size, private_heap))
    return copy;
  bool serves = uintptr_t(object) % alignment == 0 && new_size <= usable_bytes(object);
  if (serves)
    return object;
  // There is no room for a copy beside it, but what heaps kept has gone back meanwhile: it may do where the object is.
  return is_large ? within_limit(new_size, resize_as_it_is) : nullptr;
}
} // namespace

void* resize(void* object, size_t alignment, size_t old_size, size_t new_size, Heap* private_heap)
{
  if constexpr (config::checks)
    return checked::resize_object(object, {alignment, old_size}, new_size, private_heap);
  if (new_size == 0)
    new_size = 1;
  size_t old_last = last_offset(alignment, old_size);
  size_t new_last = last_offset(alignment, new_size);
  if (is_small(old_last) && is_small(new_last) && class_of(old_last) == class_of(new_last))
    return object;
  return resize_slow(object, alignment, old_size, new_size, private_heap);
}

void* resize_unsaid(void* object, size_t new_size)
{
  if constexpr (config::checks)
    return checked::resize_object(object, {}, new_size);
  size_t old_size = usable_bytes(object);
  if (SN_UNLIKELY(old_size == 0))
    misuse::no_object(misuse::Act::realloc, object);
  // No class that is asked for with this alignment has objects that lie otherwise.
  Tag tag = page_map::entry_of(uintptr_t(object)).tag.load(std::memory_order_relaxed);
  size_t new_last = last_offset(c_alignment, new_size);
  if (is_small(new_last) && class_of(new_last) == kind_of(tag))
    return object;
  return resize_slow(object, c_alignment, old_size, new_size, nullptr);
}

// In a build with checks the end of an object is guarded for the size that it was allocated with.
size_t resize_in_place(void* object, size_t alignment, size_t old_size, size_t new_size)
{
  if (config::checks || new_size == 0)
    return 0;
  size_t last = last_offset(alignment, new_size);
  Tag tag = page_map::entry_of(uintptr_t(object)).tag.load(std::memory_order_relaxed);
  if (tag == large_tag)
  {
    size_t bytes = large_at(object)->bytes(); // a small one may lie in a large one's place
    size_t usable = !is_small(last)                       ? resize_large_in_place(object, new_size)
                    : new_size > old_size && last < bytes ? bytes
                                                          : 0;
    if (usable != 0)
      profile::after_resize(object, new_size, nullptr);
    return usable;
  }
  // One that could not be made smaller, or that C made, may be larger than its layout says, and grow as far as it is.
  size_t bytes = class_bytes(kind_of(tag));
  bool fits = new_size > old_size ? last < bytes : is_small(last) && class_of(last) == kind_of(tag);
  return fits ? bytes : 0;
}
} // namespace sn

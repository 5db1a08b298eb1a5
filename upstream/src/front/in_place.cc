#include "front/in_place.h"

#include "front/profile.h"

namespace sn
{
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

#include "front/checked.h"

#include "front/allocate.h"
#include "front/free.h"
#include "front/large.h"
#include "os/os.h"

#include <string.h>

namespace sn::checked
{
namespace
{
using misuse::Act;

// The class of an object with a byte or more behind it, or class_count.
unsigned class_for(Layout layout)
{
  // What no slab aligns so is a large object of no pages.
  if (layout.size == 0)
    return layout.needed_alignment() <= least_class_bytes ? zero_class : class_count;
  size_t last = last_offset(layout.needed_alignment(), layout.size + 1);
  return is_small(last) ? class_table.class_of(last) : class_count;
}

void* allocate_small(unsigned size_class, Layout layout, Heap* chosen)
{
  Magazines* magazines = magazines_of(chosen);
  void* object = magazines->pop_any(size_class);
  if (object == nullptr)
    object = magazines->pop(size_class);
  if (SN_UNLIKELY(object == nullptr))
    object = allocate_of_class(size_class, chosen);
  else
    static_cast<Heap*>(magazines)->count_allocation(size_class);
  if (object != nullptr)
    Object::starting_at(object, size_class).hand_out(layout);
  return object;
}

// What the tag of an address that holds no object says of the caller.
[[noreturn]] void die_of_tag(Act act, const void* pointer, Tag tag)
{
  if (tag == free_tag)
    misuse::given_back_already(act, pointer);
  misuse::not_ours(act, pointer);
}

bool is_small_tag(Tag tag)
{
  return kind_of(tag) < class_count && tag != 0;
}

SN_INLINE void free_small(void* pointer, Tag tag, Layout passed, Heap* chosen)
{
  Object object = Object::at(pointer, kind_of(tag));
  object.verify_held(Act::free, pointer, passed);
  Magazines* magazines = magazines_of(chosen);
  if (owner_of(tag) != owner_of(magazines->tag))
  {
    object.free_to_send();
    free_slow(pointer, chosen);
    return;
  }
  object.free_own();
  if (SN_UNLIKELY(!magazines->push(kind_of(tag), pointer)))
    free_slow(pointer, chosen);
  else
    static_cast<Heap*>(magazines)->count_free(kind_of(tag));
}

void* resize_by_copy(void* object, Layout old_layout, Layout new_layout, Heap* chosen)
{
  void* copy = allocate(new_layout, false, chosen);
  if (copy == nullptr)
    return nullptr;
  memcpy(copy, object, old_layout.size < new_layout.size ? old_layout.size : new_layout.size);
  checked::free(object, old_layout, chosen);
  return copy;
}
} // namespace

void* allocate(Layout layout, bool zero, Heap* chosen)
{
  unsigned size_class = class_for(layout);
  if (size_class == class_count)
    return allocate_large(layout, zero, chosen);
  void* object = allocate_small(size_class, layout, chosen);
  if (zero && object != nullptr)
    fill::clear(uintptr_t(object), uintptr_t(object) + layout.size);
  return object;
}

void free(void* object, Layout passed, Heap* chosen)
{
  Tag tag = page_map::find_tag(uintptr_t(object));
  if (SN_LIKELY(is_small_tag(tag)))
    free_small(object, tag, passed, chosen);
  else if (tag == large_tag)
    free_large(object, passed, chosen);
  else
    die_of_tag(Act::free, object, tag);
}

void* resize(void* object, Layout passed, size_t new_size, Heap* chosen)
{
  Tag tag = page_map::find_tag(uintptr_t(object));
  Layout wanted{passed.alignment, new_size};
  unsigned new_class = class_for(wanted);
  if (tag == large_tag)
  {
    verify_large(object, Act::realloc, passed);
    if (new_class == class_count)
      if (void* resized = resize_large(object, wanted, chosen))
        return resized;
    return resize_by_copy(object, large_at(object)->layout, wanted, chosen);
  }
  if (!is_small_tag(tag))
    die_of_tag(Act::realloc, object, tag);
  Object small = Object::at(object);
  small.verify_held(Act::realloc, object, passed);
  Layout held = small.layout();
  bool is_in_place = new_class == kind_of(tag);
  if (!is_in_place)
    if (void* copy = resize_by_copy(object, held, wanted, chosen))
      return copy;
  if (!is_in_place && (new_size > held.size || held.size == 0))
    return nullptr;
  small.resize(new_size);
  return object;
}

size_t usable_bytes(const void* object)
{
  Bounds bounds = bounds_of(object);
  return bounds.kind == Bounds::held && bounds.object == object ? bounds.size : 0;
}

Bounds bounds_of(const void* address)
{
  Tag tag = page_map::find_tag(uintptr_t(address));
  if (tag == 0)
    return {Bounds::foreign, nullptr, 0};
  if (tag == large_tag)
  {
    const LargeObject* large = large_at(address);
    return {Bounds::held, reinterpret_cast<const void*>(large->base), large->layout.size};
  }
  if (tag == free_tag)
    return {Bounds::unheld, nullptr, 0};
  Object object = Object::at(address);
  if (object.is_live())
    return {Bounds::held, object.pointer(), object.layout().size};
  return {Bounds::unheld, object.pointer(), object.layout().size};
}

void verify_all()
{
  if constexpr (config::checks)
    registry::verify_free_objects(own_heap());
}
} // namespace sn::checked

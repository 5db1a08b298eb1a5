#include "front/checked.h"

#include "front/allocate.h"
#include "front/checked_large.h"
#include "front/free.h"
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
  return is_small(last) ? class_of(last) : class_count;
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
  return kind_of(tag) < class_count && tag != no_tag;
}

// Keeps an object of the thread's own heap that was freed, and lets another one leave the quarantine.
SN_INLINE void keep(Magazines* magazines, unsigned size_class, void* object, Heap* private_heap)
{
  void* leaving = magazines->put_into_quarantine(size_class, object);
  if (leaving != nullptr && SN_UNLIKELY(!magazines->push(size_class, leaving)))
    return free_slow(leaving, private_heap);
  count_free(*static_cast<Heap*>(magazines), size_class);
}

void free_small(void* pointer, Tag tag, Layout passed, Heap* private_heap)
{
  CheckedObject object = CheckedObject::at(pointer);
  Facts held = object.facts();
  if (!object.is_accessible() || SN_UNLIKELY(!object.is_held_well(held, pointer, passed)))
    object.verify_held(Act::free, pointer, passed);
  Magazines* magazines = magazines_of(private_heap);
  if (owner_of(tag) == owner_of(magazines->tag))
  {
    if (object.is_accessible())
      object.free_own(held, held.size());
    else
      object.free_of_no_bytes(held);
    return keep(magazines, kind_of(tag), pointer, private_heap);
  }
  object.free_to_send(held);
  // Only the heap of a thread sends, and who is sent to may count the operation.
  bool may_add = private_heap == nullptr && !config::counts_operations && magazines->belong_to_heap();
  if (SN_UNLIKELY(!may_add) || SN_UNLIKELY(!static_cast<Heap*>(magazines)->outbox.add(pointer, tag)))
    free_slow(pointer, private_heap);
}

SN_NOINLINE void* hand_out(void* object, unsigned size_class, Layout layout)
{
  CheckedObject::starting_at(object, size_class).hand_out(layout);
  return object;
}

// Frees any object. Not inlined into the fast path, which so needs no stack frame.
SN_NOINLINE void free_other(void* object, Layout passed, Heap* private_heap)
{
  Tag tag = page_map::find_tag(uintptr_t(object));
  if (SN_LIKELY(is_small_tag(tag)))
    free_small(object, tag, passed, private_heap);
  else if (tag == large_tag)
    free_large(object, passed, private_heap);
  else
    die_of_tag(Act::free, object, tag);
}

// The rest of a free of the thread's own, verified, whose size wide vectors serve. Not inlined into the fast path,
// which so needs no stack frame.
SN_WIDE SN_NOINLINE void
free_wide(void* object, size_t size, Label& label, Facts held, Magazines* magazines, unsigned size_class)
{
  fill::write_wide(uintptr_t(object), size);
  label.set(held.in_state(ObjectState::freed));
  keep(magazines, size_class, object, nullptr);
}

SN_WIDE SN_NOINLINE void* hand_out_wide(void* object, size_t bytes, Label& label, Facts live)
{
  if (SN_UNLIKELY(!fill::is_whole_wide(uintptr_t(object), bytes)))
    CheckedObject::die_of_write(object);
  label.set(live);
  return object;
}

// The same of what another heap's slab holds.
SN_NOINLINE void free_to_other(void* object, Layout passed, const Entry& entry)
{
  Tag tag = entry.tag.load(std::memory_order_relaxed);
  Magazines* magazines = my_magazines();
  unsigned size_class = class_of((passed.alignment - 1) | passed.size);
  bool may_add = !config::counts_operations && magazines->belong_to_heap();
  if (SN_UNLIKELY(owner_of(tag) == 0) || SN_UNLIKELY(kind_of(tag) != size_class) || SN_UNLIKELY(!may_add))
    return free_other(object, passed, nullptr);
  CheckedObject other = CheckedObject::starting_at(object, slab_of(entry), size_class);
  Facts held = Facts::live(passed);
  if (SN_UNLIKELY(!other.starts_well()) || SN_UNLIKELY(!other.is_held_as(held, passed.size)))
    return free_other(object, passed, nullptr);
  other.free_to_send(held);
  if (SN_UNLIKELY(!static_cast<Heap*>(magazines)->outbox.add(object, tag)))
    free_slow(object);
}

// What the fast path does, for the C interface and for private heaps.
SN_NOINLINE void* allocate_other(Layout layout, Heap* private_heap)
{
  size_t last = (layout.needed_alignment() - 1) | layout.size;
  if (SN_UNLIKELY(!is_small(last)) || SN_UNLIKELY(layout.size == 0))
    return allocate_slow(layout.alignment, layout.size, private_heap);
  Magazines* magazines = magazines_of(private_heap);
  unsigned size_class = magazines->class_table.class_of(last);
  void* object = magazines->pop(size_class);
  if (SN_UNLIKELY(object == nullptr))
    return allocate_slow(layout.alignment, layout.size, private_heap);
  count_allocation(*static_cast<Heap*>(magazines), size_class);
  CheckedObject::starting_at(object, size_class).hand_out(layout);
  return object;
}

void* resize_by_copy(void* object, Layout old_layout, Layout new_layout, Heap* private_heap)
{
  void* copy = allocate_object(new_layout, private_heap);
  if (copy == nullptr)
    return nullptr;
  memcpy(copy, object, old_layout.size < new_layout.size ? old_layout.size : new_layout.size);
  free_object(object, old_layout, private_heap);
  return copy;
}
} // namespace

void* allocate_object(Layout layout, Heap* private_heap)
{
  size_t last = (layout.alignment - 1) | layout.size; // of an object with a byte behind it; not small if unsaid
  if (SN_UNLIKELY(!is_small(last)) || SN_UNLIKELY(layout.size == 0) || SN_UNLIKELY(private_heap != nullptr))
    return allocate_other(layout, private_heap);
  Magazines* magazines = my_magazines();
  unsigned size_class = magazines->class_table.class_of(last);
  void* object = magazines->pop(size_class);
  if (SN_UNLIKELY(object == nullptr))
    return allocate_slow(layout.alignment, layout.size);
  count_allocation(*static_cast<Heap*>(magazines), size_class);
  CheckedObject own = CheckedObject::starting_at(object, size_class);
  if (SN_UNLIKELY(!own.was_freed()))
    return hand_out(object, size_class, layout);
  if (own.bytes() >= fill::wide_from)
    return hand_out_wide(object, own.bytes(), own.own_label(), Facts::live(layout));
  own.hand_out_again(layout);
  return object;
}

void* allocate_anywhere(Layout layout, bool zero, Heap* private_heap)
{
  unsigned size_class = class_for(layout);
  if (size_class == class_count)
    return allocate_large(layout, zero, private_heap);
  void* object = allocate_of_class(size_class, layout.needed_alignment(), private_heap);
  if (object == nullptr)
    return nullptr;
  hand_out(object, kind_of(page_map::entry_of(uintptr_t(object)).tag.load(std::memory_order_relaxed)), layout);
  if (zero)
    fill::clear(uintptr_t(object), uintptr_t(object) + layout.size);
  return object;
}

void free_object(void* object, Layout passed, Heap* private_heap)
{
  size_t last = (passed.alignment - 1) | passed.size; // not small if either is unsaid
  if (SN_UNLIKELY(!is_small(last)) || SN_UNLIKELY(private_heap != nullptr))
    return free_other(object, passed, private_heap);
  Magazines* magazines = my_magazines();
  unsigned size_class = magazines->class_table.class_of(last);
  const Entry& entry = page_map::find_entry(uintptr_t(object));
  if (SN_UNLIKELY(kind_if_owned(entry.tag.load(std::memory_order_relaxed), magazines->tag) != size_class))
    return free_to_other(object, passed, entry);
  CheckedObject own = CheckedObject::starting_at(object, slab_of(entry), size_class);
  Facts held = Facts::live(passed);
  if (SN_UNLIKELY(!own.starts_well()) || SN_UNLIKELY(!own.is_held_as(held, passed.size)))
    return free_other(object, passed, nullptr);
  if (passed.size >= fill::wide_from)
    return free_wide(object, passed.size, own.own_label(), held, magazines, size_class);
  own.free_own(held, passed.size);
  keep(magazines, size_class, object, nullptr);
}

void* resize_object(void* object, Layout passed, size_t new_size, Heap* private_heap)
{
  Tag tag = page_map::find_tag(uintptr_t(object));
  Layout wanted{passed.alignment, new_size};
  unsigned new_class = class_for(wanted);
  if (tag == large_tag)
  {
    verify_large(object, Act::realloc, passed);
    if (new_class == class_count)
      if (void* resized = resize_large(object, wanted, private_heap))
        return resized;
    return resize_by_copy(object, large_at(object)->layout, wanted, private_heap);
  }
  if (!is_small_tag(tag))
    die_of_tag(Act::realloc, object, tag);
  CheckedObject small = CheckedObject::at(object);
  Layout held = small.verify_held(Act::realloc, object, passed).layout();
  bool is_in_place = new_class == kind_of(tag);
  if (!is_in_place)
    if (void* copy = resize_by_copy(object, held, wanted, private_heap))
      return copy;
  bool serves = new_size <= held.size && held.size != 0 && uintptr_t(object) % wanted.needed_alignment() == 0;
  if (!is_in_place && !serves)
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
  if (tag == no_tag)
    return {Bounds::foreign, nullptr, 0};
  if (tag == large_tag)
  {
    const LargeObject* large = large_at(address);
    return {Bounds::held, reinterpret_cast<const void*>(large->base), large->layout.size};
  }
  if (tag == free_tag)
    return {Bounds::unheld, nullptr, 0};
  CheckedObject object = CheckedObject::at(address);
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

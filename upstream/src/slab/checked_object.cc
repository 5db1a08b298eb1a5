#include "slab/checked_object.h"

namespace sn
{
using misuse::Act;

Facts CheckedObject::verify_held(Act act, const void* pointer, Layout passed) const
{
  Facts held = facts();
  if (!is_accessible() || SN_UNLIKELY(!is_held_well(held, pointer, passed)))
    find_fault(act, pointer, passed.alignment, passed.size);
  return held;
}

// Returns only if there is nothing wrong.
void CheckedObject::find_fault(Act act, const void* pointer, size_t alignment, size_t size)
{
  Layout passed{alignment, size};
  CheckedObject object = at(pointer);
  Facts facts = object.facts();
  Layout held = facts.layout();
  uintptr_t end = object.start + object.bytes();
  size_t offset = uintptr_t(pointer) - object.start;
  if (offset != 0 && offset < object.bytes() && facts.state() == ObjectState::live)
    misuse::inside_object(act, pointer, object.pointer(), held.size);
  if (offset != 0 || facts.state() == ObjectState::fresh)
    misuse::no_object(act, pointer);
  if (!facts.is_just(ObjectState::live))
    misuse::freed_already(act, pointer, held.size);
  if (!held.agrees_with(passed))
    misuse::wrong_layout(act, pointer, passed, held);
  if (!object.is_accessible())
    return;
  if (uintptr_t change = fill::find_changed_byte(object.start + held.size, end); change != end)
    misuse::written_behind(change, pointer, held.size);
  if (object.number != 0 && shared_byte(object.start - 1).load(std::memory_order_relaxed) != fill::byte())
    misuse::written_before(object.start - 1, pointer, held.size);
}

void CheckedObject::die_of_write(const void* pointer)
{
  CheckedObject object = at(pointer);
  uintptr_t change = fill::find_changed_byte(object.start, object.start + object.bytes());
  misuse::written_after_free(change, pointer, object.layout().size);
}

void CheckedObject::free_to_send(Facts held)
{
  if (is_accessible())
    fill::write_any(start, held.size());
  if (!label.send(held))
    misuse::freed_already(Act::free, pointer(), held.size());
}

void CheckedObject::resize(size_t size)
{
  Facts held = facts();
  fill::write_bytes(start + size, start + (held.size() > size ? held.size() : size));
  label.set(held.of_size(size));
}

namespace
{
// Of objects side by side that were freed, in one piece: how many there are then costs little.
void verify_run(Slab* slab, const SizeClass& sizes, unsigned first, unsigned end)
{
  uintptr_t start = slab->base + size_t(first) * sizes.bytes;
  if (first == end || SN_LIKELY(fill::is_whole_any(start, size_t(end - first) * sizes.bytes)))
    return;
  for (; first < end; first++, start += sizes.bytes)
    CheckedObject::starting_at(reinterpret_cast<void*>(start), slab, slab->class_index).verify_free();
}
} // namespace

void verify_free_objects(Slab* slab)
{
  if (slab->class_index == zero_class)
    return;
  const SizeClass& sizes = slab->size_class();
  unsigned first = 0, end = 0;
  for (unsigned word = 0; word < sizes.words(); word++)
    for (uint64_t bits = slab->words[word]; bits != 0; bits = without_lowest_bit(bits))
    {
      unsigned number = word * 64 + lowest_bit(bits);
      if (slab->label(number).facts().state() != ObjectState::freed)
        continue;
      if (number != end)
      {
        verify_run(slab, sizes, first, end);
        first = number;
      }
      end = number + 1;
    }
  verify_run(slab, sizes, first, end);
}

void verify_held_objects(Slab* slab)
{
  const SizeClass& sizes = slab->size_class();
  if (slab->free_count == sizes.slab_objects)
    return;
  for (unsigned number = 0; number < sizes.slab_objects; number++)
  {
    CheckedObject object(slab, sizes, number, slab->base + size_t(number) * sizes.bytes);
    if (object.is_live())
      object.verify_held(Act::free, object.pointer(), {});
  }
}
} // namespace sn

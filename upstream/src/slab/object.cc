#include "slab/object.h"

namespace sn
{
using misuse::Act;

void Object::hand_out_slow(const void* pointer, size_t size)
{
  Object object = at(pointer);
  if (object.is_sent())
    misuse::freed_already(Act::free, pointer, object.layout().size);
  if (!object.is_accessible() || object.label.state() != ObjectState::fresh)
    return;
  uintptr_t last = object.start + object.bytes() - 1;
  fill::write_bytes(object.start + size, last);
  shared_byte(last).store(fill::byte(), std::memory_order_relaxed);
}

// Returns only if there is nothing wrong.
void Object::find_fault(Act act, const void* pointer, size_t alignment, size_t size)
{
  Layout passed{alignment, size};
  Object object = at(pointer);
  Layout held = object.layout();
  ObjectState state = object.label.state();
  size_t offset = uintptr_t(pointer) - object.start;
  if (offset != 0 && offset < object.bytes() && state == ObjectState::live)
    misuse::inside_object(act, pointer, object.pointer(), held.size);
  if (offset != 0 || state == ObjectState::fresh)
    misuse::no_object(act, pointer);
  if (state == ObjectState::freed || object.is_sent())
    misuse::freed_already(act, pointer, held.size);
  if (!held.agrees_with(passed))
    misuse::wrong_layout(act, pointer, passed, held);
}

void Object::find_fault_before(const void* pointer)
{
  Object object = at(pointer);
  // Acquire: if the neighbour is handed out for the first time just now, the second look finds the fill.
  const Label& before = object.slab->label(object.number - 1);
  bool is_fresh = Label::state_of(before.about.load(std::memory_order_acquire)) == ObjectState::fresh;
  if (!is_fresh && shared_byte(object.start - 1).load(std::memory_order_relaxed) != fill::byte())
    misuse::written_before(object.start - 1, pointer, object.layout().size);
}

void Object::resize(size_t size)
{
  size_t old_size = label.size.load(std::memory_order_relaxed);
  fill::write_bytes(start + size, start + (old_size > size ? old_size : size));
  label.size.store(uint16_t(size), std::memory_order_relaxed);
}

void Object::receive()
{
  if (label.state() != ObjectState::live)
    misuse::freed_already(Act::free, pointer(), layout().size);
  label.set_freed();
  label.sent.store(0, std::memory_order_relaxed);
}

void verify_free_objects(Slab* slab)
{
  const SizeClass& sizes = slab->size_class();
  for (unsigned word = 0; word < sizes.words(); word++)
    for (uint64_t bits = slab->words[word]; bits != 0; bits = without_lowest_bit(bits))
    {
      unsigned number = word * 64 + lowest_bit(bits);
      Object(slab, slab->class_index, number, slab->base + size_t(number) * sizes.bytes).verify_free();
    }
}

void verify_held_objects(Slab* slab)
{
  const SizeClass& sizes = slab->size_class();
  if (slab->free_count == sizes.slab_objects)
    return;
  for (unsigned number = 0; number < sizes.slab_objects; number++)
  {
    Object object(slab, slab->class_index, number, slab->base + size_t(number) * sizes.bytes);
    if (object.is_live())
      object.verify_held(Act::free, object.pointer(), {});
  }
}
} // namespace sn

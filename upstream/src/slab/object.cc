#include "slab/object.h"

namespace sn
{
namespace
{
using misuse::Act;

// The last byte of an object holds the fill from when it was first handed out for ever, and the free of its neighbour
// looks at it at any time.
std::atomic<uint8_t>& shared_byte(uintptr_t at)
{
  return *reinterpret_cast<std::atomic<uint8_t>*>(at);
}

uint8_t code_of(size_t alignment)
{
  return alignment == Layout::unsaid ? 0 : uint8_t(floor_log2(alignment) + 1);
}
} // namespace

Layout Object::layout() const
{
  unsigned code = label().state_and_alignment.load(std::memory_order_relaxed) >> 2;
  size_t size = label().size.load(std::memory_order_relaxed);
  return {code == 0 ? Layout::unsaid : size_t(1) << (code - 1), size};
}

void Object::hand_out(Layout layout)
{
  ObjectState old = label().state();
  if (label().is_sent())
    misuse::freed_already(Act::free, pointer(), this->layout().size);
  if (is_accessible())
  {
    if (old == ObjectState::freed)
      verify_free();
    else
    {
      fill::write(start() + layout.size, last_byte());
      shared_byte(last_byte()).store(fill::byte(), std::memory_order_relaxed);
    }
  }
  label().size.store(uint16_t(layout.size), std::memory_order_relaxed);
  // Release: pairs with the acquire in verify_byte_before().
  label().state_and_alignment.store(
    uint8_t(code_of(layout.alignment) << 2 | unsigned(ObjectState::live)), std::memory_order_release);
}

void Object::verify_held(Act act, const void* pointer, Layout passed) const
{
  Layout held = layout();
  ObjectState state = label().state();
  if (uintptr_t(pointer) != start())
  {
    if (state == ObjectState::live && uintptr_t(pointer) - start() < bytes())
      misuse::inside_object(act, pointer, this->pointer(), held.size);
    misuse::no_object(act, pointer);
  }
  if (state == ObjectState::fresh)
    misuse::no_object(act, pointer);
  if (state == ObjectState::freed || label().is_sent())
    misuse::freed_already(act, pointer, held.size);
  if (!held.agrees_with(passed))
    misuse::wrong_layout(act, pointer, passed, held);
  if (!is_accessible())
    return;
  verify_slack();
  verify_byte_before();
}

void Object::verify_slack() const
{
  size_t size = layout().size;
  uintptr_t change = fill::find_change(start() + size, start() + bytes());
  if (change != start() + bytes())
    misuse::written_behind(change, pointer(), size);
}

void Object::verify_byte_before() const
{
  uintptr_t before = start() - 1;
  if (number == 0 || shared_byte(before).load(std::memory_order_relaxed) == fill::byte())
    return;
  // Acquire: if it is handed out for the first time just now, the second look finds the fill.
  Object neighbour(slab, number - 1);
  if (ObjectState(neighbour.label().state_and_alignment.load(std::memory_order_acquire) & 3) == ObjectState::fresh)
    return;
  if (shared_byte(before).load(std::memory_order_relaxed) != fill::byte())
    misuse::written_before(before, pointer(), layout().size);
}

void Object::resize(size_t size)
{
  size_t old_size = label().size.load(std::memory_order_relaxed);
  fill::write(start() + size, start() + (old_size > size ? old_size : size));
  label().size.store(uint16_t(size), std::memory_order_relaxed);
}

// The last byte holds the fill already.
void Object::fill_whole() const
{
  if (is_accessible())
    fill::write(start(), start() + label().size.load(std::memory_order_relaxed));
}

void Object::set_state(ObjectState state)
{
  uint8_t old = label().state_and_alignment.load(std::memory_order_relaxed);
  label().state_and_alignment.store(uint8_t((old & ~3u) | unsigned(state)), std::memory_order_relaxed);
}

void Object::free_own()
{
  fill_whole();
  set_state(ObjectState::freed);
  if (label().is_sent())
    misuse::freed_already(Act::free, pointer(), layout().size);
}

void Object::free_to_send()
{
  fill_whole();
  if (label().sent.exchange(1, std::memory_order_relaxed) != 0)
    misuse::freed_already(Act::free, pointer(), layout().size);
}

void Object::receive()
{
  if (label().state() != ObjectState::live)
    misuse::freed_already(Act::free, pointer(), layout().size);
  set_state(ObjectState::freed);
  label().sent.store(0, std::memory_order_relaxed);
}

void Object::verify_free() const
{
  if (label().state() != ObjectState::freed || !is_accessible())
    return;
  uintptr_t change = fill::find_change(start(), start() + bytes());
  if (change != start() + bytes())
    misuse::written_after_free(change, pointer(), layout().size);
}

void verify_free_objects(const Slab* slab)
{
  const SizeClass& sizes = slab->size_class();
  for (unsigned word = 0; word < sizes.words(); word++)
    for (uint64_t bits = slab->words[word]; bits != 0; bits = without_lowest_bit(bits))
      Object(const_cast<Slab*>(slab), word * 64 + lowest_bit(bits)).verify_free();
}
} // namespace sn

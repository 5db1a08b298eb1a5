// With checks: one object of a slab, and what is verified when it changes hands.
//
// Any thread. Each function says which state it needs the object in.
#pragma once

#include "slab/fill.h"
#include "slab/misuse.h"
#include "slab/slab.h"

namespace sn
{
class CheckedObject
{
public:
  // The object that holds an address in a slab of the class; the last one for addresses behind it.
  static SN_INLINE CheckedObject at(const void* address, Slab* slab, const SizeClass& sizes)
  {
    unsigned number = sizes.object_at(uintptr_t(address) - slab->base);
    if (SN_UNLIKELY(number >= sizes.slab_objects))
      number = sizes.slab_objects - 1u;
    return {slab, sizes, number, slab->base + size_t(number) * sizes.bytes};
  }
  static SN_INLINE CheckedObject at(const void* address)
  {
    Slab* slab = slab_of(uintptr_t(address));
    return at(address, slab, slab->size_class());
  }

  // The object that is known to start there.
  static SN_INLINE CheckedObject starting_at(const void* start, unsigned size_class)
  {
    return starting_at(start, slab_of(uintptr_t(start)), size_class);
  }
  // The same, if starts_well() is true.
  static SN_INLINE CheckedObject starting_at(const void* start, Slab* slab, unsigned size_class)
  {
    const SizeClass& sizes = size_classes.of[size_class];
    return {slab, sizes, sizes.object_at(uintptr_t(start) - slab->base), uintptr_t(start)};
  }

  // The size of the live object that starts there, in a slab; 0: none does.
  static size_t live_size_at(const void* start)
  {
    CheckedObject object = at(start);
    return object.is_live() && object.pointer() == start ? object.layout().size : 0;
  }

  void* pointer() const { return reinterpret_cast<void*>(start); }
  SN_INLINE Facts facts() const { return label.facts(); }
  SN_INLINE Label& own_label() const { return label; }
  SN_INLINE size_t bytes() const { return sizes.bytes; }
  Layout layout() const { return facts().layout(); }
  // Whether it has memory.
  bool is_accessible() const { return slab->class_index != zero_class; }
  // Whether somebody holds it.
  bool is_live() const { return facts().is_just(ObjectState::live); }

  // Whether it was freed, and is not on its way home.
  SN_INLINE bool was_freed() const { return facts().is_just(ObjectState::freed); }
  // Hands out such an object, which is in no magazine and no slab any more, and has memory.
  SN_INLINE void hand_out_again(Layout layout)
  {
    verify_fill();
    label.set(Facts::live(layout));
  }
  // The same for any object.
  SN_INLINE void hand_out(Layout layout)
  {
    Facts held = facts();
    if (SN_UNLIKELY(held.is_sent()))
      misuse::freed_already(misuse::Act::free, pointer(), held.size());
    if (is_accessible() && held.state() == ObjectState::freed)
      verify_fill();
    else if (is_accessible())
      open_fresh(layout.size);
    label.set(Facts::live(layout));
  }

  // Whether `pointer` is this object, it is live and of exactly that layout, and nobody wrote over its ends. It has
  // memory, and its label says `held`. False: ask verify_held().
  SN_INLINE bool is_held_well(Facts held, const void* pointer, Layout passed) const
  {
    bool agrees = passed.size == Layout::unsaid ? held.is_just(ObjectState::live) : held.is_live_as(passed);
    return SN_LIKELY(agrees) && SN_LIKELY(uintptr_t(pointer) == start) &&
           SN_LIKELY(fill::is_whole_behind(start + held.size(), start + bytes())) &&
           (SN_LIKELY(shared_byte(start - (number != 0)).load(std::memory_order_relaxed) == fill::byte()) ||
            number == 0);
  }

  // Whether an object starts there; otherwise there is no label.
  SN_INLINE bool starts_well() const
  {
    return SN_LIKELY(number < sizes.slab_objects) && SN_LIKELY(start == slab->base + size_t(number) * bytes());
  }

  // As is_held_well(), where the start, the layout and the size are known. What is read from memory does not decide
  // which memory to look at next, so the processor finds wrong guesses early.
  SN_INLINE bool is_held_as(Facts held, size_t size) const
  {
    return SN_LIKELY(facts().is(held)) && SN_LIKELY(fill::is_whole_behind(start + size, start + bytes())) &&
           (SN_LIKELY(shared_byte(start - (number != 0)).load(std::memory_order_relaxed) == fill::byte()) ||
            number == 0);
  }

  // Ends the process unless `pointer` is this object, live, of a layout that agrees, and nobody wrote over its ends.
  // Returns what its label says.
  Facts verify_held(misuse::Act act, const void* pointer, Layout passed) const;

  // Gives a live object, verified, another size within its class.
  void resize(size_t size);

  // The calling thread, which owns the slab, frees a live object, verified.
  SN_INLINE void free_own(Facts held, size_t size)
  {
    fill::write(start, size);
    free_of_no_bytes(held);
  }
  SN_INLINE void free_of_no_bytes(Facts held) { label.set(held.in_state(ObjectState::freed)); }

  // Frees an object of another heap's slab, before the calling thread sends it.
  void free_to_send(Facts held);

  // The owner of the slab receives an object that was sent.
  SN_INLINE void receive()
  {
    Facts held = facts();
    if (SN_UNLIKELY(held.state() != ObjectState::live || !held.is_sent()))
      misuse::freed_already(misuse::Act::free, pointer(), held.size());
    label.set(held.in_state(ObjectState::freed));
  }

  // Takes the address, so that callers need no object in memory.
  [[noreturn]] SN_COLD static void die_of_write(const void* pointer);

  // Ends the process if a free object was written to.
  SN_INLINE void verify_free() const
  {
    if (facts().state() == ObjectState::freed && is_accessible())
      verify_fill();
  }

private:
  SN_INLINE CheckedObject(Slab* slab, const SizeClass& sizes, unsigned number, uintptr_t start)
      : label(slab->label(number)), start(start), number(number), sizes(sizes), slab(slab)
  {}

  // The last byte of an object holds the fill from when it or the next one was first handed out for ever, and the free
  // of that neighbour looks at it at any time.
  static std::atomic<uint8_t>& shared_byte(uintptr_t at) { return *reinterpret_cast<std::atomic<uint8_t>*>(at); }

  SN_INLINE void verify_fill() const
  {
    if (SN_UNLIKELY(!fill::is_whole(start, bytes())))
      die_of_write(pointer());
  }

  // The bytes at its ends hold the fill from now on: what lies behind its size, and the last one of the object before
  // it.
  SN_INLINE void open_fresh(size_t size)
  {
    uintptr_t last = start + bytes() - 1;
    fill::write_behind(start, start + size, last);
    shared_byte(last).store(fill::byte(), std::memory_order_relaxed);
    if (number != 0 && slab->label(number - 1).facts().state() == ObjectState::fresh)
      shared_byte(start - 1).store(fill::byte(), std::memory_order_relaxed);
  }

  SN_COLD static void find_fault(misuse::Act act, const void* pointer, size_t alignment, size_t size);

  Label& label;
  uintptr_t start;
  unsigned number;
  const SizeClass& sizes;
  Slab* slab;

  friend void verify_held_objects(Slab* slab);
};

// Ends the process if any object that the slab holds free was written to. Owner of the slab.
void verify_free_objects(Slab* slab);
// Ends the process if anybody wrote behind an object that is in use.
void verify_held_objects(Slab* slab);
} // namespace sn

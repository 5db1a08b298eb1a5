// With checks: one object of a slab, and all that is verified when it changes hands.
//
// Any thread; what each function needs of the object's state is said beside it.
#pragma once

#include "slab/fill.h"
#include "slab/misuse.h"
#include "slab/slab.h"

namespace sn
{
class Object
{
public:
  // The object that holds an address in a slab of the class; the last one for addresses behind it.
  static SN_INLINE Object at(const void* address, unsigned size_class)
  {
    Slab* slab = slab_of(uintptr_t(address));
    const SizeClass& sizes = size_classes.of[size_class];
    unsigned number = sizes.object_at(uintptr_t(address) - slab->base);
    if (SN_UNLIKELY(number >= sizes.slab_objects))
      number = sizes.slab_objects - 1u;
    return {slab, size_class, number, slab->base + size_t(number) * sizes.bytes};
  }
  static Object at(const void* address) { return at(address, slab_of(uintptr_t(address))->class_index); }

  // The object that starts there for sure.
  static SN_INLINE Object starting_at(const void* start, unsigned size_class)
  {
    Slab* slab = slab_of(uintptr_t(start));
    return {slab, size_class, size_classes.of[size_class].object_at(uintptr_t(start) - slab->base), uintptr_t(start)};
  }

  void* pointer() const { return reinterpret_cast<void*>(start); }
  // The layout that was asked for, last if the object is free.
  Layout layout() const { return {label.alignment(), label.size.load(std::memory_order_relaxed)}; }
  // Whether somebody holds it.
  bool is_live() const { return label.state() == ObjectState::live && !label.is_sent(); }
  bool is_sent() const { return label.is_sent(); }

  // Gives an object out that is in no magazine and no slab any more.
  SN_INLINE void hand_out(Layout layout)
  {
    if (SN_LIKELY(label.state() == ObjectState::freed) && SN_LIKELY(!label.is_sent()) && is_accessible())
      verify_fill();
    else
      hand_out_slow(pointer(), layout.size);
    label.size.store(uint16_t(layout.size), std::memory_order_relaxed);
    // Release: pairs with the acquire in verify_byte_before().
    label.about.store(Label::about_live(layout.alignment), std::memory_order_release);
  }

  // Ends the process unless `pointer` is this object, live, of a layout that agrees, and nobody wrote over its ends.
  SN_INLINE void verify_held(misuse::Act act, const void* pointer, Layout passed) const
  {
    size_t size = label.size.load(std::memory_order_relaxed);
    bool agrees = passed.size == Layout::unsaid ? is_live() : label.is_live_as(passed);
    if (SN_UNLIKELY(uintptr_t(pointer) != start) || SN_UNLIKELY(!agrees))
      find_fault(act, pointer, passed.alignment, passed.size);
    if (SN_UNLIKELY(!is_accessible()))
      return;
    if (uintptr_t change = fill::find_change(start + size, start + bytes()); SN_UNLIKELY(change != 0))
      misuse::written_behind(change, this->pointer(), size);
    if (SN_UNLIKELY(shared_byte(start - (number != 0)).load(std::memory_order_relaxed) != fill::byte()) && number != 0)
      find_fault_before(this->pointer());
  }

  // Gives a live object, verified, another size within its class.
  void resize(size_t size);

  // The calling thread, which owns the slab, frees a live object, verified.
  SN_INLINE void free_own()
  {
    fill_whole();
    label.set_freed();
    if (SN_UNLIKELY(label.is_sent()))
      misuse::freed_already(misuse::Act::free, pointer(), layout().size);
  }

  // The calling thread does so with an object of another's slab, or perhaps of another's, before it sends it.
  SN_INLINE void free_to_send()
  {
    fill_whole();
    if (SN_UNLIKELY(label.sent.exchange(1, std::memory_order_relaxed) != 0))
      misuse::freed_already(misuse::Act::free, pointer(), layout().size);
  }

  // The owner of the slab receives an object that was sent.
  void receive();

  // Ends the process if a free object was written to.
  SN_INLINE void verify_free() const
  {
    if (label.state() == ObjectState::freed && is_accessible())
      verify_fill();
  }

private:
  SN_INLINE Object(Slab* slab, unsigned size_class, unsigned number, uintptr_t start)
      : label(slab->label(number)), start(start), number(number), size_class(size_class), slab(slab)
  {}

  SN_INLINE size_t bytes() const { return size_classes.of[size_class].bytes; }
  // Whether there is memory at all.
  SN_INLINE bool is_accessible() const { return size_class != zero_class; }

  // The last byte of an object holds the fill from when it was first handed out for ever, and the free of its neighbour
  // looks at it at any time.
  static std::atomic<uint8_t>& shared_byte(uintptr_t at) { return *reinterpret_cast<std::atomic<uint8_t>*>(at); }

  SN_INLINE void verify_fill() const
  {
    if (uintptr_t change = fill::find_change(start, start + bytes()); SN_UNLIKELY(change != 0))
      misuse::written_after_free(change, pointer(), layout().size);
  }

  SN_INLINE void fill_whole() const
  {
    if (is_accessible())
      fill::write(start, label.size.load(std::memory_order_relaxed));
  }

  // Of the object at that address, so that none need be in memory before.
  SN_COLD static void hand_out_slow(const void* pointer, size_t size);
  SN_COLD static void find_fault(misuse::Act act, const void* pointer, size_t alignment, size_t size);
  SN_COLD static void find_fault_before(const void* pointer);

  Label& label;
  uintptr_t start;
  unsigned number;
  unsigned size_class;
  Slab* slab;

  friend void verify_free_objects(Slab* slab);
  friend void verify_held_objects(Slab* slab);
};

// Ends the process if any object that the slab holds free was written to. Owner of the slab.
void verify_free_objects(Slab* slab);
// Ends the process if anybody wrote behind an object that is in use.
void verify_held_objects(Slab* slab);
} // namespace sn

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
  // The object that holds an address in a slab; the last one for addresses behind it.
  static Object at(uintptr_t address)
  {
    Slab* slab = slab_of(address);
    unsigned number = slab->size_class().object_at(address - slab->base);
    return {slab, number < slab->size_class().slab_objects ? number : slab->size_class().slab_objects - 1u};
  }
  static Object at(const void* address) { return at(uintptr_t(address)); }

  uintptr_t start() const { return slab->base + size_t(number) * bytes(); }
  void* pointer() const { return reinterpret_cast<void*>(start()); }
  // The layout that was asked for, last if the object is free.
  Layout layout() const;
  // Whether somebody holds it.
  bool is_live() const { return label().state() == ObjectState::live && !label().is_sent(); }
  bool is_sent() const { return label().is_sent(); }

  // Gives an object out that is in no magazine and no slab any more.
  void hand_out(Layout layout);

  // Ends the process unless `pointer` is this object, live, of a layout that agrees, and nobody wrote over its ends.
  void verify_held(misuse::Act act, const void* pointer, Layout passed) const;

  // Gives a live object, verified, another size within its class.
  void resize(size_t size);

  // The calling thread, which owns the slab, frees a live object, verified.
  void free_own();
  // The calling thread does so with an object of another's slab, or perhaps of another's, before it sends it.
  void free_to_send();
  // The owner of the slab receives an object that was sent.
  void receive();

  // Ends the process if a free object was written to.
  void verify_free() const;

private:
  Object(Slab* slab, unsigned number) : slab(slab), number(number) {}

  Label& label() const { return slab->labels()[number]; }
  size_t bytes() const { return slab->size_class().bytes; }
  // Whether there is memory at all.
  bool is_accessible() const { return slab->class_index != zero_class; }
  uintptr_t last_byte() const { return start() + bytes() - 1; }
  void set_state(ObjectState state);
  void verify_slack() const;
  void verify_byte_before() const;
  void fill_whole() const;

  Slab* slab;
  unsigned number;

  friend void verify_free_objects(const Slab* slab);
};

// Ends the process if any object that the slab holds free was written to. Owner of the slab.
void verify_free_objects(const Slab* slab);
} // namespace sn

// Allocation and freeing in builds with checks (config::checks), in place of the fast paths.
//
// Any thread.
#pragma once

#include "front/thread.h"
#include "slab/checked_object.h"

namespace sn::checked
{
// `layout.alignment` may be unsaid. Null: the system refuses memory.
void* allocate_object(Layout layout, Heap* private_heap = nullptr);
// Does what the fast path of allocate_object() cannot. With `zero`, the object's bytes are 0.
void* allocate_anywhere(Layout layout, bool zero, Heap* private_heap = nullptr);

// `object` is not null. Misuse ends the process.
void free_object(void* object, Layout passed, Heap* private_heap = nullptr);

// Null: the system refuses memory, and nothing has changed.
void* resize_object(void* object, Layout passed, size_t new_size, Heap* private_heap = nullptr);

// The size that was asked for. 0: `object` is not the start of a live object.
size_t usable_bytes(const void* object);

// What an access to an address may touch.
struct Bounds
{
  enum Kind : uint8_t
  {
    foreign, // memory of others
    held,    // a live object
    unheld,  // memory of ours that is no object's
  };
  Kind kind;
  const void* object;
  size_t size; // of the object
};
Bounds bounds_of(const void* address);

// At the exit of the process: ends it at once if the heap of the calling thread, or a parked one, finds memory that was
// written to after it was freed.
void verify_all();
} // namespace sn::checked

// Large objects. Each has a range to itself, in whole chunks, and no heap owns it. But a private heap has a list of its
// large objects, to free them when it ends. An object stays in that list as long as it lives, whoever resizes it.
//
// Any thread.
#pragma once

#include "base/layout.h"
#include "front/thread.h"

namespace sn
{
// A layout whose size other threads may read while it changes (front/usable.h).
struct HeldLayout
{
  size_t alignment;
  std::atomic<size_t> size;

  HeldLayout& operator=(Layout layout)
  {
    alignment = layout.alignment;
    size.store(layout.size, std::memory_order_relaxed);
    return *this;
  }
  operator Layout() const { return {alignment, size.load(std::memory_order_relaxed)}; }
};

struct LargeObject : Range
{
  HeldLayout layout; // as asked for; with checks, and the size of a sampled one
  uint32_t owner;    // the private heap that it belongs to, or 0
  uint32_t profile;  // the profile that it was sampled for, or 0
  void* token;       // what that knows it by
};
static_assert(sizeof(LargeObject) <= arena::granule_bytes, "range metadata fills one granule");

// The large object whose first chunk holds the address; with checks, any chunk of its first GiB.
inline LargeObject* large_at(const void* address)
{
  return static_cast<LargeObject*>(range_at(uintptr_t(address)));
}

// With `zero` the first `layout.size` bytes are 0. Null: the system refuses memory, or the request is too large.
void* allocate_large(Layout layout, bool zero, Heap* private_heap = nullptr);

// With checks, a `passed` that is wrong ends the process.
void free_large(void* object, Layout passed, Heap* private_heap = nullptr);

// Makes a large object larger or smaller where it is. Returns its bytes, or 0 if it stays as it is.
size_t resize_large_in_place(void* object, size_t new_size);

// How many bytes to give an object that grows to that size: it is likely to grow further.
size_t grown_bytes(size_t new_size);

// Resizes in place or by moving the pages. Null: the caller has to copy.
void* resize_large(void* object, Layout layout, Heap* private_heap = nullptr);
} // namespace sn

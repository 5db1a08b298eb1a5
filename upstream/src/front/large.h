// Large objects: each has a range to itself, in whole chunks, owned by no heap; but a private heap has a list of its
// own, to free them when it ends. Whoever resizes or frees one, it stays in that list for as long as it lives.
//
// With checks the pages that the object needs are accessible, and those behind them are its guard.
//
// Any thread.
#pragma once

#include "base/layout.h"
#include "front/thread.h"

namespace sn
{
// A layout whose size others may ask for while it changes (front/usable.h).
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

// The large object whose chunks (with checks, in its first GiB), or whose first chunk the address lies in.
inline LargeObject* large_at(const void* address)
{
  return static_cast<LargeObject*>(range_at(uintptr_t(address)));
}

// Null: the system refuses memory, or nothing could hold the request. With `zero` the first `layout.size` bytes are 0.
void* allocate_large(Layout layout, bool zero, Heap* private_heap = nullptr);

// `passed` matters with checks only: misuse ends the process.
void free_large(void* object, Layout passed, Heap* private_heap = nullptr);

// Makes a large object larger or smaller where it is. Returns its bytes, or 0 if it stays as it is.
size_t resize_large_in_place(void* object, size_t new_size);

// How much memory an object is to have that grows to that size: it is likely to grow on.
size_t grown_bytes(size_t new_size);

// As above, or by moving its pages. Null: only a copy will do.
void* resize_large(void* object, Layout layout, Heap* private_heap = nullptr);
} // namespace sn

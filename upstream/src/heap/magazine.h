// The part of a heap that the fast paths use: for every size class a stack of free objects, outside the objects.
//
//   cells:  null | object | object | …  | object |      (unused up to the limit)
//            ▲                              ▲
//          bottom                          top: the object that is handed out next
//
// 1. The cell below the first object is null: a pop that finds null found an empty magazine.
// 2. Objects in it are of this heap's own slabs.
// 3. Every prefix of a pop's or a push's stores leaves a magazine whose objects are free, so that a child of fork can
//    use it: the cell is written before the top. A fence for the compiler is enough, for fork copies memory only after
//    every processor has finished the stores that it began, and those in program order.
//
// Owner thread; or who has claimed the heap in a process whose other threads are gone.
#pragma once

#include "meta/page_map.h"
#include "slab/size_class.h"

#include <atomic>

namespace sn
{
struct Magazines
{
  void** tops[class_count];
  void** limits[class_count];
  ClassTable class_table; // a copy: one address less to load
  Tag tag;                // owner << kind_bits

  // Magazines that are empty and full at once, around one cell that holds null; of no heap.
  constexpr explicit Magazines(void** cell) : tops{}, limits{}, class_table(make_class_table()), tag(nobodys_tag)
  {
    for (unsigned size_class = 0; size_class < class_count; size_class++)
      tops[size_class] = limits[size_class] = cell;
  }

  // Null: empty.
  SN_INLINE void* pop(unsigned size_class)
  {
    void** next = tops[size_class] - 1;
    void* object = next[1];
    if (SN_LIKELY(object != nullptr))
      tops[size_class] = next;
    return object;
  }

  // False: full.
  SN_INLINE bool push(unsigned size_class, void* object)
  {
    void** top = tops[size_class];
    if (SN_UNLIKELY(top == limits[size_class]))
      return false;
    top[1] = object;
    std::atomic_signal_fence(std::memory_order_release); // see 3
    tops[size_class] = top + 1;
    return true;
  }

  // Whether these are a heap's, rather than the empty ones that a thread without a heap has.
  bool belong_to_heap() const { return tag != nobodys_tag; }
};

// How many objects of a class a magazine holds.
constexpr size_t magazine_depth(unsigned size_class)
{
  size_t depth = config::magazine_bytes / class_bytes(size_class);
  if (depth > config::magazine_max_objects)
    return config::magazine_max_objects;
  return depth < config::magazine_min_objects ? config::magazine_min_objects : depth;
}

constexpr size_t all_magazine_cells()
{
  size_t cells = 0;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    cells += magazine_depth(size_class) + 1;
  return cells;
}
} // namespace sn

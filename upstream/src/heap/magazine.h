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
// With checks, freed objects wait in stacks of their own, the quarantine, which nothing is popped from: they are used
// again after they went through their slab.
constexpr unsigned stack_count = config::checks ? 2 * class_count : class_count;

constexpr unsigned stack_of_freed(unsigned size_class)
{
  return stack_count - class_count + size_class;
}

constexpr unsigned class_of_stack(unsigned stack)
{
  return stack % class_count;
}

struct Magazines
{
  void** tops[stack_count];
  void** limits[stack_count];
  ClassTable class_table; // a copy: one address less to load
  Tag tag;                // owner << kind_bits

  // Magazines that are empty and full at once, around one cell that holds null; of no heap.
  constexpr explicit Magazines(void** cell) : tops{}, limits{}, class_table(make_class_table()), tag(nobodys_tag)
  {
    for (unsigned stack = 0; stack < stack_count; stack++)
      tops[stack] = limits[stack] = cell;
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
    unsigned stack = stack_of_freed(size_class);
    void** top = tops[stack];
    if (SN_UNLIKELY(top == limits[stack]))
      return false;
    top[1] = object;
    std::atomic_signal_fence(std::memory_order_release); // see 3
    tops[stack] = top + 1;
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
  for (unsigned stack = 0; stack < stack_count; stack++)
    cells += magazine_depth(class_of_stack(stack)) + 1;
  return cells;
}
} // namespace sn

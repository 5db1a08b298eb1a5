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

#include "base/dice.h"
#include "meta/page_map.h"
#include "slab/size_class.h"

#include <atomic>

namespace sn
{
// With checks, freed objects wait in stacks of their own, the quarantine. While it is half full, any of its lower half
// is used again; the one freed last comes to the middle then, and below it with the next.
constexpr unsigned stack_count = config::checks ? 2 * class_count : class_count;

constexpr unsigned stack_of_freed(unsigned size_class)
{
  return stack_count - class_count + size_class;
}

constexpr unsigned class_of_stack(unsigned stack)
{
  return stack % class_count;
}

// How many objects of a class a magazine holds.
constexpr size_t magazine_depth(unsigned size_class)
{
  size_t depth = config::magazine_bytes / class_bytes(size_class);
  if (depth > config::magazine_max_objects)
    return config::magazine_max_objects;
  return depth < config::magazine_min_objects ? config::magazine_min_objects : depth;
}

// Half of it, for each class.
struct HalfDepths
{
  uint8_t of[class_count];
};

constexpr HalfDepths make_half_depths()
{
  HalfDepths depths{};
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    depths.of[size_class] = uint8_t(magazine_depth(size_class) / 2);
  return depths;
}
inline constexpr HalfDepths half_depths = make_half_depths();

struct Magazines
{
  void** tops[stack_count];
  void** limits[stack_count];
  ClassTable class_table; // a copy: one address less to load
  Tag tag;                // owner << kind_bits
  Dice dice;              // with checks

  // Magazines that are empty and full at once, around one cell that holds null; of no heap.
  constexpr explicit Magazines(void** cell)
      : tops{}, limits{}, class_table(make_class_table()), tag(nobodys_tag), dice(0)
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

  // Any object of the lower half of a quarantine. Null: it is not half full. See 3 for the order of the stores.
  SN_INLINE void* pop_any(unsigned size_class)
  {
    unsigned stack = stack_of_freed(size_class);
    size_t half = half_depths.of[size_class];
    void** top = tops[stack];
    void** middle = limits[stack] - half;
    void* newest = *top;
    if (top <= middle || newest == nullptr) // null: it is of no heap
      return nullptr;
    void* next = *middle;
    void** cell = middle - 1 - dice.below(uint32_t(half - 1));
    void* object = *cell;
    tops[stack] = top - 1;
    std::atomic_signal_fence(std::memory_order_release);
    *middle = newest;
    std::atomic_signal_fence(std::memory_order_release);
    *cell = next;
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

constexpr size_t all_magazine_cells()
{
  size_t cells = 0;
  for (unsigned stack = 0; stack < stack_count; stack++)
    cells += magazine_depth(class_of_stack(stack)) + 1;
  return cells;
}
} // namespace sn

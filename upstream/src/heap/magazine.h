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
// Owner thread; or who has claimed the heap in a process whose other threads are gone. Who has claimed it while its
// owner lives may cut a magazine (cut.h): null then also stands above its lowest cell.
#pragma once

#include "base/dice.h"
#include "meta/page_map.h"
#include "slab/size_class.h"

#include <atomic>

namespace sn
{
// With checks, freed objects wait in stacks of their own, the quarantine. Once it is full, each waits on top for the
// next one, and then takes the place of another, chosen at random, which goes on top of the magazine.
constexpr unsigned stack_count = config::checks ? 2 * class_count : class_count;

constexpr unsigned quarantine_of(unsigned size_class)
{
  return class_count + size_class;
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

// A quarantine holds half as many, and the last one.
constexpr size_t stack_depth(unsigned stack)
{
  size_t depth = magazine_depth(class_of_stack(stack));
  return stack < class_count ? depth : depth / 2 + 1;
}

// How many are chosen from.
struct QuarantineDepths
{
  uint8_t of[class_count];
};

constexpr QuarantineDepths make_quarantine_depths()
{
  QuarantineDepths depths{};
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    depths.of[size_class] = uint8_t(stack_depth(quarantine_of(size_class)) - 1);
  return depths;
}
inline constexpr QuarantineDepths quarantine_depths = make_quarantine_depths();

struct Magazines
{
  void** tops[stack_count];
  void** limits[stack_count];
  ClassTable class_table; // a copy: one address less to load
  Tag tag;                // of kind 0
  ptrdiff_t countdown;    // with profiles: bytes that may be allocated before the heap's sampler is asked
  Dice dice;              // with checks

  // Magazines that are empty and full at once, around one cell that holds null; of no heap.
  constexpr explicit Magazines(void** cell)
      : tops{}, limits{}, class_table(make_class_table()), tag(nobodys_tag), countdown(0), dice(0)
  {
    for (unsigned stack = 0; stack < stack_count; stack++)
      tops[stack] = limits[stack] = cell;
  }

  // To be written before it is used.
  constexpr Magazines() : tops{}, limits{}, class_table{}, tag(no_tag), countdown(0), dice(0) {}

  // Null: empty.
  SN_INLINE void* pop(unsigned size_class)
  {
    void** next = tops[size_class] - 1;
    void* object = next[1];
    if (SN_LIKELY(object != nullptr))
      tops[size_class] = next;
    return object;
  }

  // As pop(), counting the bytes that were asked for. Null also: the countdown is over, and negative until the slow
  // path, which comes next, has seen to it.
  SN_INLINE void* pop(unsigned size_class, size_t bytes)
  {
    if constexpr (!config::profiles)
      return pop(size_class);
    void** next = tops[size_class] - 1;
    void* object = next[1];
    if (SN_UNLIKELY(object == nullptr))
      return nullptr;
    countdown -= ptrdiff_t(bytes);
    if (SN_UNLIKELY(countdown < 0))
      return nullptr;
    tops[size_class] = next;
    return object;
  }

  // Puts a freed object of the heap into the quarantine. Returns the one that leaves it, or null. Until the caller has
  // put that one somewhere else it is nowhere; a child of fork does without it.
  SN_INLINE void* put_into_quarantine(unsigned size_class, void* object)
  {
    unsigned stack = quarantine_of(size_class);
    void** top = tops[stack];
    if (SN_LIKELY(top == limits[stack]))
    {
      void** cell = top - 1 - dice.below(quarantine_depths.of[size_class]);
      void* before = *top;
      *top = object;
      std::atomic_signal_fence(std::memory_order_release); // a child of fork has none twice
      void* other = *cell;
      *cell = before;
      return other;
    }
    push_on(stack, object);
    return nullptr;
  }

  // False: full.
  SN_INLINE bool push(unsigned size_class, void* object)
  {
    if (SN_UNLIKELY(tops[size_class] == limits[size_class]))
      return false;
    push_on(size_class, object);
    return true;
  }

  // Whether these are a heap's, rather than the empty ones that a thread without a heap has.
  bool belong_to_heap() const { return tag != nobodys_tag; }

private:
  SN_INLINE void push_on(unsigned stack, void* object)
  {
    void** top = tops[stack];
    top[1] = object;
    std::atomic_signal_fence(std::memory_order_release); // see 3
    tops[stack] = top + 1;
  }
};

// The magazines of all threads that have no heap yet, and of those whose heap is gone: the second is written before the
// first thread has it, the first never.
extern Magazines no_heap_yet;
extern Magazines no_heap_any_more;

// The class of a small request.
SN_INLINE unsigned class_of(size_t last)
{
  return no_heap_yet.class_table.class_of(last);
}

constexpr size_t all_magazine_cells()
{
  size_t cells = 0;
  for (unsigned stack = 0; stack < stack_count; stack++)
    cells += stack_depth(stack) + 1;
  return cells;
}
} // namespace sn

// Free objects of a heap beyond those in its magazines, which so take turns with few slabs: what a full magazine gives
// up waits here for the empty one. As magazines do, it keeps its objects from their slabs, so it only holds what the
// program has shown to want again:
//
// 1. At first it may hold nothing. Objects that go back to slabs and are soon wanted again went there in vain: it may
//    hold as many bytes more.
// 2. What was never taken out between two ticks is not needed: half of it goes back to the slabs at the second, and it
//    may hold as many bytes less.
//
// Owner thread, in a slow path; or who has claimed the heap.
#pragma once

#include "heap/batches.h"
#include "heap/counts.h"
#include "heap/slabs.h"

namespace sn
{
class Depot
{
public:
  bool is_empty() const { return bytes == 0; }
  // Any thread: how many objects of a class it holds.
  size_t count(unsigned size_class) const { return objects[size_class].get(); }

  // Returns how many of the objects there was memory for, the first ones.
  size_t put(unsigned size_class, void* const* freed, size_t freed_count, Batches& batches);
  // Up to `wanted` objects, those put in last, in the order in which they came. `wanted` is no more than a batch holds.
  size_t take(unsigned size_class, size_t wanted, void** to, Batches& batches);

  // Gives all back to the slabs.
  SN_COLD void empty(Slabs& slabs, Batches& batches);
  // A tick: gives back what it holds in vain.
  void shrink(Slabs& slabs, Batches& batches);

  // Whether it may hold so much more.
  bool has_room(size_t more_bytes) const { return bytes + more_bytes <= limit_bytes; }

  // So much went from the magazines to the slabs, or came from there.
  void note_given_back(size_t moved_bytes)
  {
    size_t sum = given_back_bytes + moved_bytes;
    given_back_bytes = sum < config::depot_max_bytes ? sum : config::depot_max_bytes;
  }
  void note_wanted(size_t moved_bytes)
  {
    size_t in_vain = moved_bytes < given_back_bytes ? moved_bytes : given_back_bytes;
    given_back_bytes -= in_vain;
    limit_bytes += in_vain;
    if (limit_bytes > config::depot_max_bytes)
      limit_bytes = config::depot_max_bytes;
  }

private:
  void give_back(unsigned size_class, size_t count, Slabs& slabs, Batches& batches);

  Batch* newest[class_count]; // linked by `next`; only the newest is not full
  Count objects[class_count];
  size_t least[class_count]; // objects since the last tick
  size_t bytes;
  size_t limit_bytes;
  size_t given_back_bytes; // to slabs, and not wanted since
};
} // namespace sn

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

#include "heap/counts.h"
#include "heap/inbox.h"

namespace sn
{
struct Depot
{
  Batch* newest[class_count]; // linked by `next`; only the newest is not full
  Count objects[class_count];
  size_t least[class_count]; // objects since the last tick
  size_t bytes;
  size_t limit_bytes;
  size_t given_back_bytes; // to slabs, and not wanted since

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
};
} // namespace sn

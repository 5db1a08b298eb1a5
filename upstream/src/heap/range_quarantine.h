// With checks: the ranges of large objects that were freed last, so that their addresses are not used again at once.
//
// Owner thread, in a slow path; or who has claimed the heap.
#pragma once

#include "heap/counts.h"
#include "range/space.h"

namespace sn
{
class RangeQuarantine
{
public:
  // Holds a closed range, and gives those back that waited the longest.
  void put(Range* range)
  {
    Range*& place = waiting[next++ % most_ranges];
    if (place != nullptr)
      give_back(place);
    place = range;
    held_bytes.add(range->bytes());
    for (size_t oldest = next; held_bytes.get() > config::quarantine_bytes; oldest++)
      if (Range*& old = waiting[oldest % most_ranges])
        give_back(old);
  }

  void release()
  {
    for (Range*& range : waiting)
      if (range != nullptr)
        give_back(range);
  }

  // Any thread.
  size_t bytes() const { return held_bytes.get(); }

private:
  static constexpr size_t most_ranges = config::checks ? 16 : 1;

  void give_back(Range*& range)
  {
    held_bytes.subtract(range->bytes());
    space::free(range);
    range = nullptr;
  }

  Range* waiting[most_ranges];
  size_t next;
  Count held_bytes;
};
} // namespace sn

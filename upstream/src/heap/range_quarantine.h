// With checks: the ranges of large objects that were freed last, so that their addresses are not used again at once.
// Half of them have waited long enough for the heap's next large objects of their size.
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
    Range*& place = place_of(next++);
    if (place != nullptr)
      give_back(place);
    place = range;
    held_bytes.add(range->bytes());
    for (size_t oldest = next; held_bytes.get() > config::quarantine_bytes; oldest++)
      if (Range*& old = place_of(oldest))
        give_back(old);
  }

  // A range of that size that others were freed after, or null; dirty.
  Range* take(uint32_t chunks)
  {
    for (size_t oldest = next; oldest != next + most_ranges - least_wait; oldest++)
      if (Range*& place = place_of(oldest); place != nullptr && place->chunks == chunks)
      {
        Range* range = place;
        place = nullptr;
        held_bytes.subtract(range->bytes());
        range->zero = range->fresh = false;
        return range;
      }
    return nullptr;
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
  static constexpr size_t most_ranges = config::checks ? 32 : 1;
  static constexpr size_t least_wait = most_ranges / 2; // so many are freed before one is used again

  Range*& place_of(size_t number) { return waiting[number % most_ranges]; }

  void give_back(Range*& range)
  {
    held_bytes.subtract(range->bytes());
    space::free_range(range);
    range = nullptr;
  }

  Range* waiting[most_ranges];
  size_t next;
  Count held_bytes;
};
} // namespace sn

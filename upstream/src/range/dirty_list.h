// The free resident ranges by age, oldest first, and how much memory they hold together.
//
// The space's lock is held.
#pragma once

#include "range/range.h"

namespace sn
{
class DirtyList
{
public:
  DirtyRange* oldest() const { return first; }
  DirtyRange* newest() const { return last; }
  size_t bytes() const { return total; }

  // Puts `range` before `newer`, or last if that is null.
  void insert(DirtyRange* range, DirtyRange* newer, uint64_t freed_ms)
  {
    DirtyRange* older = newer == nullptr ? last : newer->older;
    range->older = older;
    range->newer = newer;
    range->freed_ms = freed_ms;
    (older == nullptr ? first : older->newer) = range;
    (newer == nullptr ? last : newer->older) = range;
    total += range->bytes();
  }

  void remove(DirtyRange* range)
  {
    (range->older == nullptr ? first : range->older->newer) = range->newer;
    (range->newer == nullptr ? last : range->newer->older) = range->older;
    total -= range->bytes();
  }

private:
  DirtyRange* first = nullptr;
  DirtyRange* last = nullptr;
  size_t total = 0;
};
} // namespace sn

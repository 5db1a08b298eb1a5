// Ranges in a list, the newest first, linked by `next` and `previous`. Zero at first.
//
// Whoever may change the ranges and the list.
#pragma once

#include "range/range.h"

namespace sn
{
class RangeList
{
public:
  Range* first() const { return newest; }

  void insert(Range* range)
  {
    range->previous = nullptr;
    range->next = newest;
    if (newest != nullptr)
      newest->previous = range;
    newest = range;
  }

  void remove(Range* range)
  {
    if (range->next != nullptr)
      range->next->previous = range->previous;
    (range->previous == nullptr ? newest : range->previous->next) = range->next;
  }

private:
  Range* newest;
};
} // namespace sn

// Ranges in a list, the newest first, linked by `next` and `previous`: what is before the first is the last. Zero at
// first.
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
  Range* last() const { return newest == nullptr ? nullptr : newest->previous; }

  void insert(Range* range)
  {
    range->previous = range;
    range->next = newest;
    if (newest != nullptr)
    {
      range->previous = newest->previous;
      newest->previous = range;
    }
    newest = range;
  }

  void remove(Range* range)
  {
    if (range->next != nullptr)
      range->next->previous = range->previous;
    else
      newest->previous = range->previous; // it is the last
    (range == newest ? newest : range->previous->next) = range->next;
  }

private:
  Range* newest;
};
} // namespace sn

// The large objects of a private heap, so that it can free them when it ends.
//
// Any thread may free one, so there is a lock of its own, beside those of the address space and the arena in the order
// of locks. It is taken inside of brackets that fork waits for.
#pragma once

#include "os/lock.h"
#include "range/range_list.h"

namespace sn
{
class LargeList
{
public:
  SN_COLD void insert(Range* range)
  {
    Hold hold(lock);
    ranges.insert(range);
  }

  SN_COLD void remove(Range* range)
  {
    Hold hold(lock);
    ranges.remove(range);
  }

  // In a child of fork. False: another thread was in the midst of a change, and is gone.
  bool lose_other_threads()
  {
    bool is_whole = lock.holder() == 0 || lock.is_held_here();
    lock.forget_other_threads();
    return is_whole;
  }

  // Null: none. Whoever has the heap, when nobody frees its objects any more.
  Range* any() const { return ranges.first(); }

private:
  Lock lock;
  RangeList ranges;
};
} // namespace sn

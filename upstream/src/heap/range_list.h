// The large objects of a private heap, so that it can free them when it ends.
//
// Any thread may free one, so there is a lock of its own, beside those of the address space and the arena in the order
// of locks. It is taken inside of brackets that fork waits for.
#pragma once

#include "os/lock.h"
#include "range/range.h"

namespace sn
{
class RangeList
{
public:
  SN_COLD void insert(Range* range)
  {
    Hold hold(lock);
    range->previous = nullptr;
    range->next = head;
    if (head != nullptr)
      head->previous = range;
    head = range;
  }

  SN_COLD void remove(Range* range)
  {
    Hold hold(lock);
    if (range->next != nullptr)
      range->next->previous = range->previous;
    (range->previous == nullptr ? head : range->previous->next) = range->next;
  }

  // In a child of fork. False: another thread was in the midst of a change, and is gone.
  bool lose_other_threads()
  {
    bool is_whole = lock.holder() == 0 || lock.is_held_here();
    lock.forget_other_threads();
    return is_whole;
  }

  // Null: none. Whoever has the heap, when nobody frees its objects any more.
  Range* any() const { return head; }

private:
  Lock lock;
  Range* head;
};
} // namespace sn

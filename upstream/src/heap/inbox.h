// How memory freed by another thread comes home. A batch carries objects of one owner; the inbox is a stack of batches
// that any thread may push to and only the owner empties.
//
// Lifetime: an object in a batch counts as allocated in its slab, so neither the slab nor its tag can change before the
// owner has taken the batch and freed the object. The objects themselves are never touched on the way.
//
// Orders: push() releases what the sender wrote into the batch; take() acquires it. Since nothing is popped singly and
// the whole stack is taken at once, a batch cannot come back between a load and its exchange (no ABA). Both are
// sequentially consistent, too, for the other half of a parked heap's inbox (heap/registry.h): a sender that pushed and
// then finds the owner not parked may rely on the owner to find the batch.
#pragma once

#include "heap/batches.h"

#include <atomic>

namespace sn
{
class Inbox
{
public:
  // Any thread.
  void push(Batch* batch)
  {
    Batch* head = newest.load(std::memory_order_relaxed);
    do
      batch->next = head;
    while (!newest.compare_exchange_weak(head, batch, std::memory_order_seq_cst, std::memory_order_relaxed));
  }

  // The owner, or who has claimed its heap. The newest batch first.
  Batch* take()
  {
    if (newest.load(std::memory_order_seq_cst) == nullptr)
      return nullptr;
    return newest.exchange(nullptr, std::memory_order_seq_cst);
  }

  // A hint that may be late.
  bool is_empty() const { return newest.load(std::memory_order_relaxed) == nullptr; }

private:
  std::atomic<Batch*> newest{nullptr};
};
} // namespace sn

// Heaps that somebody has to drain, by the numbers of their owners: a stack that any thread adds to, and that is taken
// whole. Senders find out in their brackets who is due, and may drain only outside of them.
//
//   first ──► a slot's `next` ──► another's ──► no_next       0: that slot is in no list
//
// Orders: a sender pushes its batch and *then* notes the heap. remove() takes a heap out of the list and *then* its
// inbox is read. All are sequentially consistent: if the sender finds the heap noted already, whoever removes it sees
// the batch. take() acquires what note() released: the batch of who noted the heap.
#pragma once

#include <atomic>
#include <stdint.h>

namespace sn
{
class DueList
{
public:
  // A hint that may be late.
  bool is_empty() const { return first.load(std::memory_order_relaxed) == 0; }

  // Adds an owner, with the link in its slot, unless it is in a list.
  void note(uint32_t owner, std::atomic<uint32_t>& next)
  {
    uint32_t link = next.load(std::memory_order_seq_cst);
    if (link != 0 || !next.compare_exchange_strong(link, no_next, std::memory_order_seq_cst))
      return;
    uint32_t before = first.load(std::memory_order_relaxed);
    do
      next.store(before != 0 ? before : no_next, std::memory_order_relaxed);
    while (!first.compare_exchange_weak(before, owner, std::memory_order_release, std::memory_order_relaxed));
  }

  // The whole list: its first owner, or 0.
  uint32_t take() { return first.exchange(0, std::memory_order_acquire); }
  // Takes an owner out of a list that was taken. Returns the next one, or 0.
  static uint32_t remove(std::atomic<uint32_t>& next)
  {
    uint32_t after = next.exchange(0, std::memory_order_seq_cst);
    return after == no_next ? 0 : after;
  }

  // In a child of fork: another thread may have been at it. All links are to be 0.
  void forget() { first.store(0, std::memory_order_relaxed); }

private:
  static constexpr uint32_t no_next = ~0u;

  std::atomic<uint32_t> first{0};
};
} // namespace sn

// Objects of other heaps, on their way to their owners: one open batch for each of the last few owners.
//
// 1. An open batch that is full, or makes way for another owner's, is posted: pushed on the owner's inbox.
// 2. Each batch for a private heap is counted in its slot (HeapSlot::batches), from its opening to its arrival.
// 3. A heap that was posted to and may not look into its inbox is remembered: outside the bracket somebody has to
//    registry::drain() it.
//
// Owner thread. add() may run at any time, also while the heap is claimed; the rest in a slow path, or by who has
// claimed the heap in a process whose other threads are gone.
#pragma once

#include "heap/batches.h"
#include "heap/counts.h"
#include "heap/slot.h"
#include "slab/size_class.h"

namespace sn
{
class Outbox
{
public:
  static constexpr unsigned open_count = 16;

  struct Open
  {
    uint32_t owner;
    std::atomic<uint32_t> count;
    size_t bytes; // of the objects in it
    Batch* batch; // null: none is open here

    bool is_full() const
    {
      return count.load(std::memory_order_relaxed) == Batch::capacity || bytes >= config::outbox_bytes;
    }
    bool is_empty() const { return count.load(std::memory_order_relaxed) == 0; }
  };

  // Adds an object to its owner's open batch. False: there is none with room.
  SN_INLINE bool add(void* object, Tag tag)
  {
    Open& open = open_for(owner_of(tag));
    if (SN_UNLIKELY(open.owner != owner_of(tag) || open.batch == nullptr || open.is_full()))
      return false;
    uint32_t count = open.count.load(std::memory_order_relaxed);
    open.batch->objects[count] = object;
    open.bytes += size_classes.of[kind_of(tag)].bytes;
    // Release: who claims the heap sees the object, too.
    open.count.store(count + 1, std::memory_order_release);
    return true;
  }

  // Opens a batch that has room for an object of that owner, posting others as need be. False: no memory for it.
  bool open_batch(uint32_t owner, Batches& batches, HeapCounts& counts);
  void post_all(HeapCounts& counts);
  // A heap to drain; null: no more.
  HeapSlot* next_to_drain() { return to_drain_count == 0 ? nullptr : to_drain[--to_drain_count]; }
  void forget_to_drain() { to_drain_count = 0; }

  // Whether no object is in it.
  bool is_empty() const;
  // Gives open batches back that hold nothing.
  void release_empty(Batches& batches);

private:
  Open& open_for(uint32_t owner) { return opened[owner % open_count]; }
  // Closes an open batch and returns it, or null if it is empty.
  static Batch* close(Open& open);
  void post(Open& open, HeapCounts& counts);

  Open opened[open_count];
  HeapSlot* to_drain[open_count + 1]; // of open_batch() and post_all() in one slow path
  size_t to_drain_count;
};
} // namespace sn

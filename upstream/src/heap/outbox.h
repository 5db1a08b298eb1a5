// Objects of other heaps, on their way to their owners: one open batch for each of the last few owners.
//
// Owner thread. add() may run at any time; the rest in a slow path, or by who has claimed the heap.
#pragma once

#include "heap/inbox.h"
#include "meta/page_map.h"
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

  Open& open_for(uint32_t owner) { return opened[owner % open_count]; }

  // Closes an open batch and returns it, or null if it is empty.
  static Batch* close(Open& open)
  {
    Batch* batch = open.batch;
    if (batch == nullptr || open.count.load(std::memory_order_relaxed) == 0)
      return nullptr;
    batch->count = open.count.load(std::memory_order_relaxed);
    open.count.store(0, std::memory_order_relaxed);
    open.bytes = 0;
    open.batch = nullptr;
    return batch;
  }

  Open opened[open_count];
};
} // namespace sn

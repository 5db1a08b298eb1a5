// Batches: arrays of addresses of objects, in metadata memory. One carries objects home to the heap that owns them, or
// holds objects in a depot.
//
//   spare ──open──► outbox ──post──► inbox of the owner ──drain──► spare of the owner
//   spare ◄───────► depot
//
// Who empties a batch has it then, as one of its heap's spare ones; beyond a few, it goes back to the arena. So does
// what was sent to a private heap that has ended, unread.
#pragma once

#include "meta/arena.h"

namespace sn
{
struct Batch
{
  static constexpr uint32_t capacity = 126;

  // The largest, and some of half the memory each: who sends to many sends few to each of them.
  static constexpr unsigned sizes = 4;
  static constexpr size_t granules(unsigned size);
  static constexpr uint32_t capacity_of(unsigned size);

  Batch* next;
  uint16_t count;
  uint8_t size;
  uint8_t sent;            // in an outbox: so many of the objects are gone
  void* objects[capacity]; // as many as there is room for
};

constexpr size_t Batch::granules(unsigned size)
{
  return (sizeof(Batch) / arena::granule_bytes) >> size;
}

constexpr uint32_t Batch::capacity_of(unsigned size)
{
  return uint32_t(capacity - ((sizeof(Batch) - granules(size) * arena::granule_bytes) / sizeof(void*)));
}

static_assert(
  sizeof(Batch) % (arena::granule_bytes << (Batch::sizes - 1)) == 0 && Batch::granules(0) <= arena::max_block_granules,
  "batches are blocks of the arena");

// The spare batches of one heap, zero at first.
//
// Owner thread, in a slow path; or who has claimed the heap.
class Batches
{
public:
  // Null: the system refuses memory.
  Batch* take(unsigned size = 0)
  {
    Batch* batch = spares[size].newest;
    if (batch == nullptr)
    {
      batch = static_cast<Batch*>(arena::allocate_granules(Batch::granules(size)));
      if (batch != nullptr)
        batch->size = uint8_t(size);
      return batch;
    }
    spares[size].newest = batch->next;
    spares[size].count--;
    return batch;
  }

  void put(Batch* batch)
  {
    Spares& same = spares[batch->size];
    if (same.count == most)
    {
      end(batch);
      return;
    }
    batch->next = same.newest;
    same.newest = batch;
    same.count++;
  }

  void release()
  {
    for (Spares& same : spares)
    {
      while (Batch* batch = same.newest)
      {
        same.newest = batch->next;
        end(batch);
      }
      same.count = 0;
    }
  }

  // Any thread that has it.
  static void end(Batch* batch) { arena::free_granules(batch, Batch::granules(batch->size)); }

private:
  static constexpr size_t most = 8; // of each size

  struct Spares
  {
    Batch* newest;
    size_t count;
  };

  Spares spares[Batch::sizes];
};
} // namespace sn

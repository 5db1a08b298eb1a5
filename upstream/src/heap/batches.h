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

  Batch* next;
  size_t count;
  void* objects[capacity];
};

// The spare batches of one heap, zero at first.
//
// Owner thread, in a slow path; or who has claimed the heap.
class Batches
{
public:
  // Null: the system refuses memory.
  Batch* take()
  {
    Batch* batch = newest;
    if (batch == nullptr)
      return static_cast<Batch*>(arena::allocate_granules(granules));
    newest = batch->next;
    count--;
    return batch;
  }

  void put(Batch* batch)
  {
    if (count == most)
    {
      end(batch);
      return;
    }
    batch->next = newest;
    newest = batch;
    count++;
  }

  void release()
  {
    while (Batch* batch = newest)
    {
      newest = batch->next;
      end(batch);
    }
    count = 0;
  }

  // Any thread that has it.
  static void end(Batch* batch) { arena::free_granules(batch, granules); }

private:
  static constexpr size_t most = 8;
  static constexpr size_t granules = sizeof(Batch) / arena::granule_bytes;
  static_assert(
    sizeof(Batch) % arena::granule_bytes == 0 && granules <= arena::max_block_granules,
    "a batch is a block of the arena");

  Batch* newest;
  size_t count;
};
} // namespace sn

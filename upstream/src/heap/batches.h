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

// The spare batches of one heap, zero at first. They come from the arena and go back to it several at a time: where one
// thread frees what others allocate, all batches go one way, and would take the arena's lock each.
//
// Owner thread, in a slow path; or who has claimed the heap.
class Batches
{
public:
  // Null: the system refuses memory.
  Batch* take(unsigned size = 0)
  {
    Spares& same = spares[size];
    if (same.newest == nullptr)
      fetch(size);
    Batch* batch = same.newest;
    if (batch == nullptr)
      return nullptr;
    same.newest = batch->next;
    same.count--;
    return batch;
  }

  void put(Batch* batch)
  {
    Spares& same = spares[batch->size];
    if (same.count == most(batch->size))
      give_back(batch->size);
    insert(batch);
  }

  void release()
  {
    for (unsigned size = 0; size < Batch::sizes; size++)
    {
      give_back(size);
      spares[size].fetched = 0;
    }
  }

  // Gives a list of batches back to the arena. Any thread that has them.
  SN_COLD static void end(Batch* first)
  {
    void* blocks[most_of_all];
    size_t count = 0;
    for (Batch* batch = first; batch != nullptr;)
    {
      Batch* next = batch->next;
      unsigned size = batch->size;
      blocks[count++] = batch;
      if (next == nullptr || next->size != size || count == most_of_all)
      {
        arena::free_several(Batch::granules(size), blocks, count);
        count = 0;
      }
      batch = next;
    }
  }

private:
  // Of each size as much memory: 8 of the largest.
  static constexpr size_t most_of_all = size_t(8) << (Batch::sizes - 1);
  static constexpr size_t most(unsigned size) { return most_of_all >> (Batch::sizes - 1 - size); }

  struct Spares
  {
    Batch* newest;
    uint32_t count;
    uint32_t fetched; // the last time
  };

  void insert(Batch* batch)
  {
    Spares& same = spares[batch->size];
    batch->next = same.newest;
    same.newest = batch;
    same.count++;
  }

  // Twice as many as the last time: a heap that sends little has few.
  SN_COLD void fetch(unsigned size)
  {
    Spares& same = spares[size];
    void* blocks[most_of_all];
    size_t wanted = same.fetched == 0 ? 1 : size_t(same.fetched) * 2;
    if (wanted > most(size))
      wanted = most(size);
    same.fetched = uint32_t(wanted);
    size_t got = arena::allocate_several(Batch::granules(size), blocks, wanted);
    while (got > 0)
    {
      auto* batch = static_cast<Batch*>(blocks[--got]);
      batch->size = uint8_t(size);
      insert(batch);
    }
  }

  // All of that size.
  void give_back(unsigned size)
  {
    Spares& same = spares[size];
    end(same.newest);
    same.newest = nullptr;
    same.count = 0;
  }

  Spares spares[Batch::sizes];
};
} // namespace sn

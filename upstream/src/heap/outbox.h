// Objects of other heaps, on their way to their owners: an open batch for each of the last owners.
//
//   table   | place of owner & last_place | ...     16 places; more as long as owners have to share them
//
// 1. An open batch that is full, or makes way for another owner's, is posted: pushed on the owner's inbox.
// 2. The more batches are open, the less room has the next one. So what all of them hold is bounded, however many
//    owners there are: by held_max_bytes().
// 3. Each batch for a private heap is counted in its slot (HeapSlot::batches), from its opening to its arrival.
// 4. A heap that was posted to and may not look into its inbox is noted as due: outside the bracket somebody has to
//    registry::drain_due().
//
// 5. Who has claimed the heap may post what an open batch holds, in another one, while add() goes on behind it. The
//    first `sent` objects of an open batch are gone then. But not for a private heap, whose open batches say that its
//    slot is still in use.
//
// Owner thread. add() may run at any time, also while the heap is claimed; post_held() is for who has claimed it; the
// rest in a slow path, or by who has claimed the heap in a process whose other threads are gone.
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
  struct Open
  {
    uint32_t owner;
    std::atomic<uint32_t> count;
    uint32_t capacity;  // of the batch; 0: none is open here
    int32_t left_bytes; // that its objects may still hold
    Batch* batch;

    bool has_room(uint32_t held) const { return held != capacity && left_bytes > 0; }
    // Whether nothing in it is still to be posted.
    bool is_empty() const { return count.load(std::memory_order_relaxed) == (batch == nullptr ? 0 : batch->sent); }
  };

  // Of zero memory.
  void start()
  {
    table = own_table;
    last_place = least_places - 1;
  }

  // Adds an object to its owner's open batch. False: there is none with room.
  SN_INLINE bool add(void* object, Tag tag)
  {
    Open& open = open_for(owner_of(tag));
    uint32_t count = open.count.load(std::memory_order_relaxed);
    if (SN_UNLIKELY(open.owner != owner_of(tag) || !open.has_room(count)))
      return false;
    open.batch->objects[count] = object;
    open.left_bytes -= int32_t(size_classes.of[kind_of(tag)].bytes);
    // Release: who claims the heap sees the object, too.
    open.count.store(count + 1, std::memory_order_release);
    return true;
  }

  // As add(), opening a batch and posting others as need be. False: no memory for it.
  bool send(void* object, Tag tag, Batches& batches, HeapCounts& counts);
  void post_all(HeapCounts& counts);
  // As far as there is memory for batches.
  SN_COLD void post_held(Batches& batches, HeapCounts& counts);

  // Whether no object is in it.
  bool is_empty() const;
  // Whether it has no memory but its own.
  bool is_small() const { return table == own_table; }
  bool is_untouched() const { return open_count == 0 && is_small(); }
  // Gives open batches back that hold nothing, and more places than the first if all do.
  void release_empty(Batches& batches);

  // The room of a batch that is opened while fewer than so many are.
  struct Room
  {
    uint32_t most_open;
    unsigned size; // of the batch
    int32_t bytes;
  };
  static constexpr uint32_t least_places = 16;
  static constexpr uint32_t most_places = config::has_system ? 4096 : least_places;
  static constexpr Room rooms[] = {
    {least_places, 0, int32_t(config::outbox_bytes)}, {64, 0, int32_t(config::outbox_bytes / 8)},
    {256, 1, int32_t(config::outbox_bytes / 16)},     {1024, 2, int32_t(config::outbox_bytes / 32)},
    {4096, 3, int32_t(config::outbox_bytes / 128)},
  };

  // There are never more batches with a room, or a larger one, than that had open at most. The last object may pass
  // it, by less than as much again: a larger object is posted alone.
  static constexpr size_t held_max_bytes()
  {
    size_t bytes = 0;
    uint32_t before = 0;
    for (const Room& room : rooms)
    {
      if (room.most_open <= most_places)
        bytes += (room.most_open - before) * 2 * size_t(room.bytes);
      before = room.most_open;
    }
    return bytes;
  }

private:
  bool open_batch(Open& open, uint32_t owner, size_t object_bytes, Batches& batches);
  Open& open_for(uint32_t owner) { return table[owner & last_place]; }
  const Open* end() const { return table + last_place + 1; }
  // Closes an open batch and returns it, or null if it is empty.
  Batch* close(Open& open);
  void post(Open& open, HeapCounts& counts);
  static void push(Batch* batch, HeapSlot& to, HeapCounts& counts);
  void note_conflict();
  void grow(uint32_t places);
  void free_table();

  Open* table;
  uint32_t last_place; // the number of places less 1
  uint32_t open_count; // of batches
  uint32_t conflicts;  // since all were posted: batches that made way for others
  Open own_table[least_places];
};
} // namespace sn

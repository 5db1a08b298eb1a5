#include "heap/outbox.h"

#include "heap/registry.h"

#include <string.h>

namespace sn
{
namespace
{
// Counts the batches for a private heap. Relaxed: what an owner frees was freed before its heap ends, in the order of
// the program; so the heap's end knows of all batches that hold something.
void count_batches(uint32_t owner, uint32_t change)
{
  HeapSlot& to = registry::slot_of(owner);
  if (to.is_private)
    to.batches.fetch_add(change, std::memory_order_relaxed);
}

const Outbox::Room& room_for(uint32_t open_count)
{
  const Outbox::Room* room = Outbox::rooms;
  while (open_count >= room->most_open)
    room++;
  return *room;
}

constexpr size_t granules_for(uint32_t places)
{
  return places * sizeof(Outbox::Open) / arena::granule_bytes;
}
static_assert(
  sizeof(Outbox::Open) * Outbox::least_places * 4 % arena::granule_bytes == 0 &&
    (!config::has_system || granules_for(Outbox::most_places) <= arena::max_block_granules),
  "a table is a block of the arena");
} // namespace

bool Outbox::send(void* object, Tag tag, Batches& batches, HeapCounts& counts)
{
  uint32_t owner = owner_of(tag);
  if (const Open& other = open_for(owner); other.owner != owner && !other.is_empty())
    note_conflict();
  Open& open = open_for(owner);
  if (open.owner != owner || !open.has_room(open.count.load(std::memory_order_relaxed)))
    post(open, counts);
  if (!open_batch(open, owner, class_bytes(kind_of(tag)), batches) || !add(object, tag))
    return false;
  if (open.left_bytes <= 0) // at the end of a fast path it would stay here
    post(open, counts);
  return true;
}

bool Outbox::open_batch(Open& open, uint32_t owner, size_t object_bytes, Batches& batches)
{
  if (open.batch != nullptr)
  {
    count_batches(open.owner, -1u);
    if (open.batch->sent != 0)
      open.left_bytes = room_for(open_count - 1).bytes;
    open.count.store(0, std::memory_order_relaxed);
  }
  else
  {
    const Room& room = room_for(open_count);
    unsigned size = object_bytes >= size_t(room.bytes) ? Batch::sizes - 1 : room.size;
    open.batch = batches.take(size);
    if (open.batch == nullptr)
      return false;
    open.capacity = Batch::capacity_of(size);
    open.left_bytes = room.bytes;
    open_count++;
  }
  open.batch->sent = 0;
  open.owner = owner;
  count_batches(owner, 1);
  return true;
}

void Outbox::post_all(HeapCounts& counts)
{
  conflicts = 0;
  if (open_count == 0)
    return;
  for (Open* open = table; open != end(); open++)
    post(*open, counts);
}

Batch* Outbox::close(Open& open)
{
  Batch* batch = open.batch;
  if (batch == nullptr || open.is_empty())
    return nullptr;
  batch->count = uint16_t(open.count.load(std::memory_order_relaxed) - batch->sent);
  if (batch->sent != 0)
    memmove(batch->objects, batch->objects + batch->sent, batch->count * sizeof(void*));
  open.capacity = 0;
  open.count.store(0, std::memory_order_relaxed);
  open.batch = nullptr;
  open_count--;
  return batch;
}

void Outbox::post(Open& open, HeapCounts& counts)
{
  if (Batch* batch = close(open))
    push(batch, registry::slot_of(open.owner), counts);
}

void Outbox::post_held(Batches& batches, HeapCounts& counts)
{
  for (Open* open = table; open_count != 0 && open != end(); open++)
  {
    // Acquire: pairs with the release in add().
    uint32_t count = open->count.load(std::memory_order_acquire);
    Batch* batch = open->batch;
    HeapSlot& to = registry::slot_of(open->owner);
    if (batch == nullptr || count == batch->sent || to.is_private)
      continue;
    Batch* copy = batches.take(batch->size);
    if (copy == nullptr)
      return;
    copy->count = uint16_t(count - batch->sent);
    memcpy(copy->objects, batch->objects + batch->sent, copy->count * sizeof(void*));
    batch->sent = count;
    push(copy, to, counts);
  }
}

void Outbox::push(Batch* batch, HeapSlot& to, HeapCounts& counts)
{
  constexpr uint32_t few = 8; // an owner that was awake may be asked again
  counts.batches_sent.add(1);
  counts.objects_sent.add(batch->count);
  uint32_t unread = to.unread.fetch_add(1, std::memory_order_relaxed) + 1;
  to.inbox.push(batch);
  // Sequentially consistent after the push: see heap/registry.h.
  bool has_long_been = unread >= config::max_unread_batches && unread % few == 0;
  if (to.parked.load(std::memory_order_seq_cst) || has_long_been)
    registry::note_due(to);
}

// Owners that share places post batches before they are full. Where that is often, there are too few places.
void Outbox::note_conflict()
{
  uint32_t places = last_place + 1;
  if (++conflicts < 2 * places)
    return;
  conflicts = 0;
  if (places < most_places)
    grow(4 * places);
}

// Owners that had places of their own have them again: their numbers differ in the bits that chose the old ones.
void Outbox::grow(uint32_t places)
{
  auto* larger = static_cast<Open*>(arena::allocate_granules(granules_for(places)));
  if (larger == nullptr)
    return;
  memset(static_cast<void*>(larger), 0, places * sizeof(Open));
  for (const Open* open = table; open != end(); open++)
    if (open->batch != nullptr)
      memcpy(static_cast<void*>(&larger[open->owner & (places - 1)]), open, sizeof(Open));
  free_table();
  table = larger;
  last_place = places - 1;
}

// What is in no batch.
void Outbox::free_table()
{
  if (is_small())
    memset(static_cast<void*>(own_table), 0, sizeof(own_table));
  else
    arena::free_granules(table, granules_for(last_place + 1));
}

bool Outbox::is_empty() const
{
  for (const Open* open = table; open_count != 0 && open != end(); open++)
    if (!open->is_empty())
      return false;
  return true;
}

void Outbox::release_empty(Batches& batches)
{
  for (Open* open = table; open_count != 0 && open != end(); open++)
    if (open->batch != nullptr && open->is_empty())
    {
      count_batches(open->owner, -1u);
      batches.put(open->batch);
      open->capacity = 0;
      open->count.store(0, std::memory_order_relaxed);
      open->batch = nullptr;
      open_count--;
    }
  if (open_count != 0 || is_small())
    return;
  free_table();
  start();
}
} // namespace sn

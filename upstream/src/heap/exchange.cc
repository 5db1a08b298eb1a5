// What a heap sends to others and gets from them, and how others reach it.
#include "heap/heap.h"
#include "heap/slot.h"
#include "os/os.h"
#include "slab/object.h"

namespace sn
{
namespace
{
constexpr size_t batch_granules = sizeof(Batch) / arena::granule_bytes;
static_assert(
  sizeof(Batch) % arena::granule_bytes == 0 && batch_granules <= arena::max_block_granules,
  "a batch is a block of the arena");

constexpr size_t max_spare_batches = 8;
} // namespace

void Heap::drain_inbox()
{
  slot->unread.store(0, std::memory_order_relaxed);
  for (Batch* batch = slot->inbox.take(); batch != nullptr;)
  {
    Batch* next = batch->next;
    SN_PREFETCH(next);
    receive(batch->objects, batch->count);
    recycle(batch);
    batch = next;
  }
}

void Heap::receive(void* const* objects, size_t count)
{
  if constexpr (config::checks)
    for (size_t number = 0; number < count; number++)
      Object::at(objects[number]).receive();
  give_back(objects, count);
}

bool Heap::open_batch(uint32_t owner)
{
  Outbox::Open& open = outbox.open_for(owner);
  if (open.owner != owner || open.is_full())
    post(open);
  open.owner = owner;
  if (open.batch == nullptr)
    open.batch = new_batch();
  return open.batch != nullptr;
}

void Heap::post_all()
{
  for (Outbox::Open& open : outbox.opened)
    post(open);
}

void Heap::post(Outbox::Open& open)
{
  Batch* batch = Outbox::close(open);
  if (batch == nullptr)
    return;
  counts.batches_sent.add(1);
  counts.objects_sent.add(batch->count);
  HeapSlot& to = registry::slot_of(open.owner);
  uint32_t unread = to.unread.fetch_add(1, std::memory_order_relaxed) + 1;
  to.inbox.push(batch);
  // Sequentially consistent after the push: see heap/registry.h.
  if (to.parked.load(std::memory_order_seq_cst) || unread % config::max_unread_batches == 0)
    to_drain[to_drain_count++] = &to;
}

Batch* Heap::new_batch()
{
  Batch* batch = spare_batches;
  if (batch == nullptr)
    return static_cast<Batch*>(arena::allocate(batch_granules));
  spare_batches = batch->next;
  spare_batch_count--;
  return batch;
}

void Heap::recycle(Batch* batch)
{
  if (spare_batch_count == max_spare_batches)
  {
    arena::free(batch, batch_granules);
    return;
  }
  batch->next = spare_batches;
  spare_batches = batch;
  spare_batch_count++;
}

void Heap::release_spares()
{
  for (Outbox::Open& open : outbox.opened)
    if (open.batch != nullptr && open.count.load(std::memory_order_relaxed) == 0)
    {
      recycle(open.batch);
      open.batch = nullptr;
    }
  release_kept();
}

void Heap::release_kept()
{
  while (Batch* batch = spare_batches)
  {
    spare_batches = batch->next;
    arena::free(batch, batch_granules);
  }
  spare_batch_count = 0;
  range_cache.release();
  range_quarantine.release();
}

// A claim is made in this order: `claimed` is set, heavy fence, `busy` is read; here: `busy` is set, light fence,
// `claimed` is read. One of the two sees the other.
void Heap::enter()
{
  for (;;)
  {
    busy.store(1, std::memory_order_relaxed);
    os::light_fence();
    // Acquire: pairs with the release in registry's unclaim; the claimer's work on the heap is seen.
    if (SN_LIKELY(slot->claimed.load(std::memory_order_acquire) == 0))
      break;
    leave();
    uint32_t claimed = 1;
    slot->claimed.compare_exchange_strong(claimed, 2, std::memory_order_relaxed); // so that unclaim() wakes
    if (claimed != 0)
      os::wait(slot->claimed, 2);
  }
  if (!slot->inbox.is_empty())
    drain_inbox();
}

// Release: pairs with the acquire in is_busy(); the claimer sees the owner's work.
void Heap::leave()
{
  busy.store(0, std::memory_order_release);
  os::light_fence();
  if (SN_UNLIKELY(slot->claimed.load(std::memory_order_relaxed) != 0))
    os::wake_all(busy);
}

void Heap::wait_until_left()
{
  while (is_busy())
    os::wait(busy, 1);
}
} // namespace sn

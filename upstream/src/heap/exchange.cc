// What a heap sends to others and gets from them, and how others reach it.
#include "heap/heap.h"
#include "heap/registry.h"
#include "os/os.h"
#include "slab/checked_object.h"

namespace sn
{
namespace
{
constexpr size_t batch_granules = sizeof(Batch) / arena::granule_bytes;
static_assert(
  sizeof(Batch) % arena::granule_bytes == 0 && batch_granules <= arena::max_block_granules,
  "a batch is a block of the arena");

constexpr size_t max_spare_batches = 8;

// Counts the batches for a private heap. Relaxed: what an owner frees was freed before its heap ends, in the order of
// the program; so the heap's end knows of all batches that hold something.
void count_batches(uint32_t owner, uint32_t change)
{
  HeapSlot& to = registry::slot_of(owner);
  if (to.is_private)
    to.batches.fetch_add(change, std::memory_order_relaxed);
}
} // namespace

void Heap::drain_inbox(To to)
{
  slot->unread.store(0, std::memory_order_relaxed);
  uint32_t received = 0;
  for (Batch* batch = slot->inbox.take(); batch != nullptr; received++)
  {
    Batch* next = batch->next;
    SN_PREFETCH(next);
    receive(batch->objects, batch->count, to);
    recycle(batch);
    batch = next;
  }
  if (is_private)
    slot->batches.fetch_sub(received, std::memory_order_relaxed);
}

void Heap::discard(HeapSlot& slot)
{
  slot.unread.store(0, std::memory_order_relaxed);
  uint32_t discarded = 0;
  for (Batch* batch = slot.inbox.take(); batch != nullptr; discarded++)
  {
    Batch* next = batch->next;
    arena::free_granules(batch, batch_granules);
    batch = next;
  }
  slot.batches.fetch_sub(discarded, std::memory_order_relaxed);
}

void Heap::receive(void* const* objects, size_t count, To to)
{
  if constexpr (config::checks)
    for (size_t number = 0; number < count; number++)
      CheckedObject::at(objects[number]).receive();
  // Senders cannot count what is freed with its heap on the way, so objects of private heaps are counted here.
  if (config::counts_operations && is_private)
    for (size_t number = 0; number < count; number++)
      counts.frees_received[slab_of(uintptr_t(objects[number]))->class_index].add(1);
  if (config::checks || to == To::slabs)
    return give_back(objects, count);
  void* left[Batch::capacity];
  size_t left_count = 0;
  for (size_t number = 0; number < count; number++)
  {
    unsigned size_class = kind_of(page_map::entry_of(uintptr_t(objects[number])).tag.load(std::memory_order_relaxed));
    if (SN_UNLIKELY(!push(size_class, objects[number])))
      left[left_count++] = objects[number];
  }
  give_back(left, left_count);
}

bool Heap::open_batch(uint32_t owner)
{
  Outbox::Open& open = outbox.open_for(owner);
  if (open.owner != owner || open.is_full())
    post(open);
  if (open.batch != nullptr)
    count_batches(open.owner, -1u);
  else
    open.batch = new_batch();
  open.owner = owner;
  if (open.batch == nullptr)
    return false;
  count_batches(owner, 1);
  return true;
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
    return static_cast<Batch*>(arena::allocate_granules(batch_granules));
  spare_batches = batch->next;
  spare_batch_count--;
  return batch;
}

void Heap::recycle(Batch* batch)
{
  if (spare_batch_count == max_spare_batches)
  {
    arena::free_granules(batch, batch_granules);
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
      count_batches(open.owner, -1u);
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
    arena::free_granules(batch, batch_granules);
  }
  spare_batch_count = 0;
  range_cache.release();
  large_cache.release();
  range_quarantine.release();
}

void Heap::enter()
{
  if (is_private)
  {
    slot->thread.store(os::this_thread(), std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release); // who sees the bracket's begin sees it, too
  }
  // A fork handler may use a private heap, whose claim is the fork's.
  bracket.enter(slot->claim, [this] { return is_private && registry::is_forking_here(); });
  if (!slot->inbox.is_empty())
    drain_inbox(To::magazines);
  if (uint32_t now = shortages.load(std::memory_order_relaxed); SN_UNLIKELY(known_shortages != now))
  {
    known_shortages = now;
    retire();
  }
}
} // namespace sn

#include "heap/outbox.h"

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
} // namespace

bool Outbox::open_batch(uint32_t owner, Batches& batches, HeapCounts& counts)
{
  Open& open = open_for(owner);
  if (open.owner != owner || open.is_full())
    post(open, counts);
  if (open.batch != nullptr)
    count_batches(open.owner, -1u);
  else
    open.batch = batches.take();
  open.owner = owner;
  if (open.batch == nullptr)
    return false;
  count_batches(owner, 1);
  return true;
}

void Outbox::post_all(HeapCounts& counts)
{
  for (Open& open : opened)
    post(open, counts);
}

Batch* Outbox::close(Open& open)
{
  Batch* batch = open.batch;
  if (batch == nullptr || open.is_empty())
    return nullptr;
  batch->count = open.count.load(std::memory_order_relaxed);
  open.count.store(0, std::memory_order_relaxed);
  open.bytes = 0;
  open.batch = nullptr;
  return batch;
}

void Outbox::post(Open& open, HeapCounts& counts)
{
  Batch* batch = close(open);
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

bool Outbox::is_empty() const
{
  for (const Open& open : opened)
    if (!open.is_empty())
      return false;
  return true;
}

void Outbox::release_empty(Batches& batches)
{
  for (Open& open : opened)
    if (open.batch != nullptr && open.is_empty())
    {
      count_batches(open.owner, -1u);
      batches.put(open.batch);
      open.batch = nullptr;
    }
}
} // namespace sn

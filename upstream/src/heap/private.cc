// Private heaps: see registry.h.
#include "heap/registry_state.h"

namespace sn::registry
{
namespace
{
// Forgets what was sent to a private heap that has ended.
void discard_unread(HeapSlot& slot)
{
  slot.unread.store(0, std::memory_order_relaxed);
  uint32_t discarded = 0;
  Batch* first = slot.inbox.take();
  for (const Batch* batch = first; batch != nullptr; batch = batch->next)
    discarded++;
  Batches::end(first);
  slot.batches.fetch_sub(discarded, std::memory_order_relaxed);
}
} // namespace

Heap* adopt_private()
{
  os::start();
  Turn turn;
  start_once();
  return take_parked_or_new(true);
}

void end_private(Heap* heap)
{
  HeapSlot& slot = heap->own_slot();
  {
    Turn turn;
    slot.is_ended = true;
  }
  {
    SlowPath slow(*heap);
    heap->end_all();
  }
  uint8_t node = this_node();
  {
    Turn turn;
    slot.node = node;
    parked_count++;
    slot.parked.store(true, std::memory_order_seq_cst);
    discard_unread(slot); // see invariant 2
    list_parked(slot);
  }
  purge_if_many();
}

void discard_mail(HeapSlot& slot)
{
  bool was_listed = slot.batches.load(std::memory_order_relaxed) == 0; // so nothing arrived
  discard_unread(slot);
  if (!was_listed && slot.parked.load(std::memory_order_relaxed))
    list_parked(slot);
}
} // namespace sn::registry

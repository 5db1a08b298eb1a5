// The slots of heaps, and the memory of the heaps themselves.
#include "heap/registry_state.h"
#include "meta/usage.h"
#include "os/guarded.h"

namespace sn::registry
{
std::atomic<HeapSlot*> segments[max_segments];

namespace
{
constexpr size_t segment_bytes = slots_per_segment * sizeof(HeapSlot);

uintptr_t end_of_memory(const Heap* heap)
{
  return uintptr_t(heap) + align_up(sizeof(Heap), os::page_bytes());
}

// False: the limit or the system refuses the memory.
bool restore_memory(HeapSlot& slot)
{
  size_t bytes = slot.purged_bytes;
  if (bytes != 0 && !usage::commit(reinterpret_cast<void*>(end_of_memory(slot.heap) - bytes), bytes))
    return false;
  slot.purged_bytes = 0;
  return true;
}

HeapSlot* new_slot(bool is_private)
{
  uint32_t owner = slot_count.load(std::memory_order_relaxed);
  if (owner > max_owner || owner == max_segments * slots_per_segment)
    return nullptr;
  std::atomic<HeapSlot*>& segment = segments[owner >> segment_log2];
  if (segment.load(std::memory_order_relaxed) == nullptr)
  {
    void* memory = os::reserve_committed(align_up(segment_bytes, os::page_bytes()), os::page_bytes());
    if (memory == nullptr)
      return nullptr;
    // Release: pairs with the acquire in slot_of().
    segment.store(static_cast<HeapSlot*>(memory), std::memory_order_release);
  }
  auto* heap = static_cast<Heap*>(arena::allocate_pages(sizeof(Heap)));
  if (heap == nullptr)
    return nullptr;
  usage::add(sizeof(HeapSlot));
  HeapSlot& slot = slot_of(owner);
  slot.heap = heap;
  slot.tag = make_tag(owner, 0);
  slot.is_private = is_private;
  slot_count.store(owner + 1, std::memory_order_release);
  return &slot;
}

} // namespace

// Of a retired heap only what it needs to find its slabs stays.
void purge_memory(HeapSlot& slot)
{
  Heap* heap = slot.heap;
  if (!heap->is_retired())
    return;
  bool is_idle = heap->is_idle();
  void* start = is_idle ? static_cast<void*>(heap) : heap->cell_memory();
  if (is_idle)
    past.take(heap->counts);
  uintptr_t first_page = align_up(uintptr_t(start), os::page_bytes());
  size_t bytes = end_of_memory(heap) - first_page;
  if (bytes <= slot.purged_bytes || !os::purge(reinterpret_cast<void*>(first_page), bytes, false))
    return;
  usage::note_purge(bytes - slot.purged_bytes);
  slot.purged_bytes = uint32_t(bytes);
  slot.started = !is_idle;
}

Heap* take_parked_or_new(bool is_private)
{
  HeapSlot*& list = is_private ? ended_private : parked;
  HeapSlot* slot = list;
  if (slot != nullptr)
  {
    if (!restore_memory(*slot))
      return nullptr;
    list = slot->next_parked;
    parked_count--;
  }
  else
  {
    slot = new_slot(is_private);
    if (slot == nullptr)
      return nullptr;
  }
  note_thread(os::this_thread());
  slot->thread.store(os::this_thread(), std::memory_order_relaxed);
  slot->parked.store(false, std::memory_order_relaxed);
  slot->is_ended = false;
  if (!slot->started)
    slot->heap->start(slot, slot->tag);
  slot->started = true;
  return slot->heap;
}

void release_slots()
{
  slot_count.store(1, std::memory_order_relaxed);
  for (std::atomic<HeapSlot*>& segment : segments)
    if (HeapSlot* slots = segment.load(std::memory_order_relaxed))
    {
      os::release_guarded(slots, align_up(segment_bytes, os::page_bytes()));
      segment.store(nullptr, std::memory_order_relaxed);
    }
}
} // namespace sn::registry

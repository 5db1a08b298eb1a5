// The slots of heaps, and the memory of the heaps themselves.
#include "heap/registry_state.h"
#include "meta/usage.h"
#include "os/guarded.h"

#include <string.h>

namespace sn::registry
{
alignas(line_bytes) std::atomic<HeapSlot*> segments[max_segments];

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

ParkedHeaps& list_of(const HeapSlot& slot)
{
  return slot.is_private ? ended_private : parked;
}

// The first list with something in it, of the calling thread's node or else of any. Null: there is none.
HeapSlot** find_list(HeapSlot* (&lists)[config::nodes], unsigned node)
{
  for (unsigned step = 0; step < config::nodes; step++)
    if (HeapSlot*& list = lists[(node + step) % config::nodes]; list != nullptr)
      return &list;
  return nullptr;
}

HeapSlot* pop(HeapSlot*& list)
{
  HeapSlot* slot = list;
  list = slot->next_parked;
  return slot;
}

// False: it is not there.
bool remove(HeapSlot*& list, HeapSlot& slot)
{
  HeapSlot** link = &list;
  while (*link != nullptr && *link != &slot)
    link = &(*link)->next_parked;
  if (*link == nullptr)
    return false;
  *link = slot.next_parked;
  return true;
}

// Takes a slot out of the list that it is in, if any.
void unlist(HeapSlot& slot)
{
  ParkedHeaps& heaps = list_of(slot);
  if (slot.purged_bytes != 0)
    remove(heaps.cold[slot.node], slot);
  else if (remove(heaps.warm[slot.node], slot))
    heaps.warm_count--;
}

size_t most_warm()
{
  return options.resident_budget_bytes / config::parked_share / sizeof(Heap);
}

// A purge of a heap's own memory, of which only what the heap needs to find its slabs stays.
struct Purge
{
  HeapSlot& slot;
  uintptr_t start;
  size_t bytes;
};

Purge purge_of(HeapSlot& slot)
{
  Heap* heap = slot.heap;
  auto start = uintptr_t(heap->is_idle() ? static_cast<void*>(heap) : heap->cell_memory());
  uintptr_t first_page = align_up(start, os::page_bytes());
  return {slot, first_page, end_of_memory(heap) - first_page};
}

// With the lock held. Nobody looks at a heap that is not started, nor at the cells of one that is parked.
bool begin(const Purge& purge)
{
  HeapSlot& slot = purge.slot;
  if (!slot.parked.load(std::memory_order_relaxed) || !slot.started || slot.is_being_purged)
    return false;
  if (!slot.heap->is_retired() || purge.bytes <= slot.purged_bytes)
    return false;
  unlist(slot);
  slot.is_being_purged = true;
  if (slot.heap->is_idle())
  {
    past.take(slot.heap->counts);
    forget_kept_slabs(*slot.heap);
    slot.started = false;
  }
  return true;
}

// With the lock held.
void end(const Purge& purge, bool is_purged)
{
  HeapSlot& slot = purge.slot;
  if (!slot.is_being_purged) // this is a child of fork now, which has seen to it
    return;
  slot.is_being_purged = false;
  if (is_purged)
  {
    usage::note_purge(purge.bytes - slot.purged_bytes);
    slot.purged_bytes = uint32_t(purge.bytes);
  }
  else
    slot.started = true;
  list_parked(slot);
}
} // namespace

void list_parked(HeapSlot& slot)
{
  if (slot.is_being_purged || (slot.is_private && slot.batches.load(std::memory_order_relaxed) != 0))
    return;
  ParkedHeaps& heaps = list_of(slot);
  bool is_cold = slot.purged_bytes != 0;
  HeapSlot*& list = (is_cold ? heaps.cold : heaps.warm)[slot.node];
  slot.next_parked = list;
  list = &slot;
  heaps.warm_count += is_cold ? 0 : 1;
  if (heaps.warm_count > most_warm())
    has_surplus.store(true, std::memory_order_relaxed);
}

bool purge_parked(HeapSlot& slot)
{
  begin();
  bool is_there = slot.parked.load(std::memory_order_relaxed) && slot.started;
  Purge purge = is_there ? purge_of(slot) : Purge{slot, 0, 0};
  bool is_begun = is_there && begin(purge);
  lock.unlock();
  if (!is_begun)
    return true;
  bool is_purged = os::purge(reinterpret_cast<void*>(purge.start), purge.bytes, false);
  begin();
  end(purge, is_purged);
  lock.unlock();
  return is_purged;
}

void purge_all_parked()
{
  for_each_slot([](HeapSlot& slot) {
    if (slot.parked.load(std::memory_order_relaxed))
      purge_parked(slot);
  });
}

// The oldest one of a list that may be purged. Null: none may. Most may, and to ask takes a look at each magazine: the
// last one is asked first.
HeapSlot* find_oldest(HeapSlot* newest)
{
  HeapSlot* oldest = newest;
  while (oldest != nullptr && oldest->next_parked != nullptr)
    oldest = oldest->next_parked;
  if (oldest == nullptr || oldest->heap->is_retired())
    return oldest;
  oldest = nullptr;
  for (HeapSlot* slot = newest; slot != nullptr; slot = slot->next_parked)
    if (slot->heap->is_retired())
      oldest = slot;
  return oldest;
}

// The oldest one of the node that has the most. Null: none may be purged.
HeapSlot* find_surplus(const ParkedHeaps& heaps)
{
  HeapSlot* found = nullptr;
  size_t most = 0;
  for (HeapSlot* list : heaps.warm)
  {
    size_t count = 0;
    for (HeapSlot* slot = list; slot != nullptr; slot = slot->next_parked)
      count++;
    HeapSlot* oldest = count > most ? find_oldest(list) : nullptr;
    if (oldest != nullptr)
    {
      found = oldest;
      most = count;
    }
  }
  return found;
}

// The oldest ones, so that heaps that come and go stay warm. What the system refuses it is asked again when the next
// heap is parked.
void purge_surplus()
{
  has_surplus.store(false, std::memory_order_relaxed);
  for (const ParkedHeaps* heaps : {&parked, &ended_private})
    for (;;)
    {
      HeapSlot* oldest = nullptr;
      {
        Turn turn;
        if (heaps->warm_count <= most_warm())
          break;
        oldest = find_surplus(*heaps);
      }
      if (oldest == nullptr || !purge_parked(*oldest))
        break;
    }
}

// It is as if the purge had not been begun, or had been done by hand.
void forget_purge(HeapSlot& slot)
{
  slot.is_being_purged = false;
  if (!slot.started)
    memset(static_cast<void*>(slot.heap), 0, sizeof(Heap));
  list_parked(slot);
}

Heap* take_parked_or_new(bool is_private)
{
  ParkedHeaps& heaps = is_private ? ended_private : parked;
  unsigned node = parked_count == 0 ? 0 : this_node();
  HeapSlot** warm = find_list(heaps.warm, node);
  // Purged memory is better than that of another node: it will lie where it is touched.
  HeapSlot** cold = warm == &heaps.warm[node] ? nullptr : find_list(heaps.cold, node);
  HeapSlot* slot = nullptr;
  if (cold != nullptr && restore_memory(**cold))
    slot = pop(*cold);
  else if (warm != nullptr)
  {
    slot = pop(*warm);
    heaps.warm_count--;
  }
  else if (cold != nullptr)
    return nullptr;
  if (slot != nullptr)
    parked_count--;
  else
    slot = new_slot(is_private);
  if (slot == nullptr)
    return nullptr;
  note_thread(os::this_thread());
  slot->thread.store(os::this_thread(), std::memory_order_relaxed);
  slot->parked.store(false, std::memory_order_relaxed);
  slot->is_ended = false;
  if (!slot->started)
    slot->heap->start(slot, slot->tag);
  slot->started = true;
  forget_kept_slabs(*slot->heap);
  slot->heap->taken_bytes = 0;
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

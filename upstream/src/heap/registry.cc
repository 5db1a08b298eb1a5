#include "heap/registry.h"

#include "heap/registry_state.h"
#include "meta/usage.h"
#include "range/space.h"
#include "slab/checked_object.h"

namespace sn::registry
{
namespace
{
// Calls `visit` for the calling thread's own heap and for all that are parked: those that no other thread works on.
template<typename Visit>
void for_each_heap_at_rest(Heap* own, Visit visit)
{
  for_each_slot([own, visit](HeapSlot& slot) {
    if (slot.heap == own || (slot.parked.load(std::memory_order_relaxed) && slot.started))
      visit(*slot.heap);
  });
}

std::atomic<size_t> kept_bytes{0}; // of all heaps. Relaxed: it orders nothing
} // namespace

bool try_keep_slabs(Heap& heap)
{
  size_t bytes = heap.taken_bytes;
  if (bytes > config::parked_slab_bytes || usage::is_scarce())
    return false;
  if (kept_bytes.fetch_add(bytes, std::memory_order_relaxed) + bytes <= config::parked_slab_bytes)
    heap.kept_bytes = bytes;
  else
    kept_bytes.fetch_sub(bytes, std::memory_order_relaxed);
  return heap.kept_bytes != 0;
}

void forget_kept_slabs(Heap& heap)
{
  kept_bytes.fetch_sub(heap.kept_bytes, std::memory_order_relaxed);
  heap.kept_bytes = 0;
}

void end_kept_slabs(Heap& heap)
{
  if (heap.kept_bytes == 0)
    return;
  forget_kept_slabs(heap);
  heap.release_from_outside();
}

void put_parked(HeapSlot& slot)
{
  list_parked(slot);
  parked_count++;
  slot.parked.store(true, std::memory_order_seq_cst);
  slot.thread.store(0, std::memory_order_relaxed);
}

void drain_parked(HeapSlot& slot)
{
  if (!slot.started) // it has no slabs, so nobody can send it anything
    return;
  slot.heap->drain_inbox();
  slot.heap->release_spares();
}

Heap* adopt()
{
  os::start();
  Turn turn;
  start_once();
  return take_parked_or_new(false);
}

void park(Heap* heap)
{
  {
    SlowPath slow(*heap);
    heap->retire(try_keep_slabs(*heap) ? config::small_max_bytes : config::rested_max_bytes);
  }
  drain_due();
  if (heap->kept_bytes != 0 && space::news.load(std::memory_order_relaxed) == 0)
    space::note_thread();
  uint8_t node = this_node();
  {
    Turn turn;
    heap->own_slot().node = node;
    put_parked(heap->own_slot());
    drain_parked(heap->own_slot());
    if (config::checks && heap->kept_bytes == 0 && parked_count > config::rested_heaps)
      heap->release_from_outside();
  }
  purge_if_many();
}

void return_borrowed(Heap* heap)
{
  Turn turn;
  put_parked(heap->own_slot());
  heap->drain_inbox();
}

namespace
{
void drain(HeapSlot& slot)
{
  if (slot.is_ended)
  {
    discard_mail(slot);
    return;
  }
  if (slot.parked.load(std::memory_order_relaxed))
  {
    drain_parked(slot);
    if (slot.started)
      slot.heap->bracket.set_mark(0); // it may have something to give now
    return;
  }
  Claimed claimed(slot.claim);
  bool is_awake = slot.heap->bracket.is_busy();
  if (is_awake || slot.is_ended) // a signal may have made this a child of fork meanwhile
    return;
  slot.heap->drain_inbox();
  slot.heap->bracket.set_mark(0);
}
} // namespace

void note_due(HeapSlot& slot)
{
  due.note(owner_of(slot.tag), slot.next_due);
}

void drain_noted()
{
  for (uint32_t owner = due.take(); owner != 0;)
  {
    Turn turn; // which may finish a fork, and then there is no list any more
    HeapSlot& slot = slot_of(owner);
    owner = DueList::remove(slot.next_due);
    drain(slot);
  }
}

void give_back_claimed(void* object, Tag tag)
{
  HeapSlot& slot = slot_of(owner_of(tag));
  with_claimed(slot, [&](Heap& heap) {
    heap.receive(&object, 1);
    heap.bracket.set_mark(0);
    if (slot.parked.load(std::memory_order_relaxed))
      heap.release_spares();
  });
  if (config::counts_operations && !slot.is_private)
  {
    Turn turn;
    past.frees[kind_of(tag)].add(1);
  }
}

size_t size_in_slab(const void* object, Tag tag)
{
  HeapSlot& slot = slot_of(owner_of(tag));
  size_t size = 0;
  with_claimed(slot, [&](Heap&) {
    if (page_map::find_tag(uintptr_t(object)) == tag)
      size = CheckedObject::live_size_at(object);
  });
  return size;
}

// Where threads still own heaps the process may exit, whatever the order of its destructors says; all is left as it is
// then. Otherwise the lock is never released: a thread that comes now, while the process exits, waits for its end.
void unload(Heap* own, bool is_certain)
{
  begin();
  bool is_used = false;
  for_each_slot(
    [own, &is_used](HeapSlot& slot) { is_used |= slot.heap != own && !slot.parked.load(std::memory_order_relaxed); });
  if ((is_used && !is_certain) || slot_count.load(std::memory_order_relaxed) == 1)
  {
    lock.unlock();
    return;
  }
  for_each_slot([](HeapSlot& slot) {
    if (slot.started)
      slot.heap->retire();
  });
  for_each_slot([](HeapSlot& slot) {
    if (slot.started)
    {
      slot.heap->drain_inbox();
      slot.heap->release_spares();
    }
  });
  if (space::figures().used_bytes != 0)
  {
    space::purge_all();
    return;
  }
  space::release_all();
  arena::release_all();
  page_map::release_all();
  release_slots();
}

void verify_free_objects(Heap* own)
{
  if (own != nullptr && own->bracket.is_busy()) // a signal handler ends the process in the middle of a slow path
    return;
  if (own != nullptr)
    SlowPath slow(*own); // which begins with what others sent; that is looked at when it arrives
  Turn turn;
  for_each_heap_at_rest(own, [](const Heap& heap) { heap.verify_free_objects(); });
}

Sums sums()
{
  Turn turn;
  Sums sums{};
  sums.add(past);
  for_each_slot([&sums](HeapSlot& slot) {
    if (!slot.started)
      return;
    slot.heap->add_to(sums);
  });
  return sums;
}

void count_without_heap(const LargeChange& change)
{
  Hold hold(lock);
  past.large.add(change);
}

Counts counts()
{
  Turn turn;
  return {slot_count.load(std::memory_order_relaxed) - 1, parked_count};
}
} // namespace sn::registry

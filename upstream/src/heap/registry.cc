#include "heap/registry.h"

#include "meta/usage.h"
#include "os/guarded.h"
#include "os/lock.h"
#include "os/options.h"
#include "range/space.h"
#include "slab/fill.h"

namespace sn::registry
{
std::atomic<HeapSlot*> segments[max_segments];

namespace
{
constexpr size_t segment_bytes = slots_per_segment * sizeof(HeapSlot);

Lock lock;

// All below is read and written with the lock held.
uint32_t slot_count = 1; // owner 0 is nobody
HeapSlot* parked = nullptr;
size_t parked_count = 0;
unsigned fork_depth = 0;
HeapCounts past; // of heaps whose memory went back, and of threads without one

// Calls `visit` for every heap there is.
template<typename Visit>
void for_each_slot(Visit visit)
{
  for (uint32_t owner = 1; owner < slot_count; owner++)
    visit(slot_of(owner));
}

// Calls `visit` for the calling thread's own heap and for all that are parked: those that no other thread works on.
template<typename Visit>
void for_each_heap_at_rest(Heap* own, Visit visit)
{
  for_each_slot([own, visit](HeapSlot& slot) {
    if (slot.heap == own || (slot.parked.load(std::memory_order_relaxed) && slot.started))
      visit(*slot.heap);
  });
}

uintptr_t end_of_memory(const Heap* heap)
{
  return uintptr_t(heap) + align_up(sizeof(Heap), os::page_bytes());
}

// A retired heap that nobody will use soon keeps only what it needs to find its slabs.
void purge_memory(HeapSlot& slot)
{
  Heap* heap = slot.heap;
  if (!heap->is_retired())
    return;
  bool is_idle = heap->is_idle();
  void* start = is_idle ? static_cast<void*>(heap) : heap->cell_memory();
  if (is_idle)
    past.take_history(heap->counts);
  uintptr_t first_page = align_up(uintptr_t(start), os::page_bytes());
  size_t bytes = end_of_memory(heap) - first_page;
  if (bytes <= slot.purged_bytes || !os::purge(reinterpret_cast<void*>(first_page), bytes, false))
    return;
  usage::note_purge(bytes - slot.purged_bytes);
  slot.purged_bytes = bytes;
  slot.started = !is_idle;
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

HeapSlot* new_slot()
{
  if (slot_count > max_owner)
    return nullptr;
  std::atomic<HeapSlot*>& segment = segments[slot_count >> segment_log2];
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
  uint32_t owner = slot_count++;
  HeapSlot& slot = slot_of(owner);
  slot.heap = heap;
  slot.tag = owner << kind_bits;
  return &slot;
}

void start_allocator()
{
  read_options();
  os::start();
  if constexpr (config::checks)
    fill::choose(os::entropy());
  size_t unit_chunks = os::page_bytes() >> config::chunk_log2;
  if (unit_chunks > config::slab_min_chunks)
    size_classes = make_size_classes(unit_chunks);
}

Heap* take_parked_or_new()
{
  HeapSlot* slot = parked;
  if (slot != nullptr)
  {
    if (!restore_memory(*slot))
      return nullptr;
    parked = slot->next_parked;
    parked_count--;
    slot->parked.store(false, std::memory_order_relaxed);
  }
  else
  {
    if (slot_count == 1)
      start_allocator();
    slot = new_slot();
    if (slot == nullptr)
      return nullptr;
  }
  if (!slot->started)
    slot->heap->start(slot, slot->tag);
  slot->started = true;
  return slot->heap;
}

void put_parked(HeapSlot& slot)
{
  slot.next_parked = parked;
  parked = &slot;
  parked_count++;
  slot.parked.store(true, std::memory_order_seq_cst);
}

// See invariant 2.
void drain_parked(HeapSlot& slot)
{
  if (!slot.started) // it has no slabs, so nobody can send it anything
    return;
  slot.heap->drain_inbox();
  slot.heap->release_spares();
  if (parked_count > config::warm_parked_heaps)
    purge_memory(slot);
}

// False: it is claimed already, which with the lock held can only be by the calling thread's own fork.
bool claim(HeapSlot& slot)
{
  if (slot.claimed.load(std::memory_order_relaxed) != 0)
    return false;
  slot.claimed.store(1, std::memory_order_relaxed);
  os::heavy_fence();
  slot.heap->wait_until_left();
  return true;
}

void unclaim(HeapSlot& slot)
{
  // Release: pairs with the acquire in Heap::enter().
  if (slot.claimed.exchange(0, std::memory_order_release) == 2)
    os::wake_all(slot.claimed);
}
} // namespace

Heap* adopt()
{
  Hold hold(lock);
  return take_parked_or_new();
}

void park(Heap* heap)
{
  {
    SlowPath slow(*heap);
    heap->retire();
  }
  while (HeapSlot* slot = heap->next_to_drain())
    drain(*slot);
  Hold hold(lock);
  put_parked(heap->own_slot());
  drain_parked(heap->own_slot());
}

void return_borrowed(Heap* heap)
{
  Hold hold(lock);
  put_parked(heap->own_slot());
  heap->drain_inbox();
}

void drain(HeapSlot& slot)
{
  Hold hold(lock);
  if (slot.parked.load(std::memory_order_relaxed))
  {
    drain_parked(slot);
    return;
  }
  if (slot.inbox.is_empty())
    return;
  bool is_claim = claim(slot);
  slot.heap->drain_inbox();
  if (is_claim)
    unclaim(slot);
}

void give_back_claimed(void* object, Tag tag)
{
  Hold hold(lock);
  HeapSlot& slot = slot_of(owner_of(tag));
  bool is_claim = claim(slot);
  slot.heap->receive(&object, 1);
  if (is_claim)
    unclaim(slot);
  if (slot.parked.load(std::memory_order_relaxed))
    slot.heap->release_spares();
  if constexpr (config::counts_operations)
    past.frees[kind_of(tag)].add(1);
}

void trim_others(Heap* own)
{
  Hold hold(lock);
  auto others = [own](auto visit) {
    for_each_slot([own, visit](HeapSlot& slot) {
      if (slot.heap != own && slot.started)
        visit(slot);
    });
  };
  // What a parked heap held back must have arrived before its receivers are drained, and those are visited below.
  others([](HeapSlot& slot) {
    if (!slot.parked.load(std::memory_order_relaxed))
      return;
    slot.heap->retire();
    while (slot.heap->next_to_drain() != nullptr)
      ;
  });
  others([](HeapSlot& slot) {
    if (slot.parked.load(std::memory_order_relaxed))
    {
      slot.heap->drain_inbox();
      slot.heap->release_spares();
      purge_memory(slot);
      return;
    }
    bool is_claim = claim(slot);
    slot.heap->release_from_outside();
    if (is_claim)
      unclaim(slot);
  });
}

void stop_for_fork(Heap* own)
{
  lock.begin_fork();
  if (fork_depth++ > 0) // a fork handler forks
    return;
  auto others = [own](auto visit) {
    for_each_slot([own, visit](HeapSlot& slot) {
      if (slot.heap != own && !slot.parked.load(std::memory_order_relaxed))
        visit(slot);
    });
  };
  others([](HeapSlot& slot) { slot.claimed.store(1, std::memory_order_relaxed); });
  os::heavy_fence();
  others([](HeapSlot& slot) { slot.heap->wait_until_left(); });
  space::begin_fork();
  arena::begin_fork();
}

void resume_in_parent()
{
  if (--fork_depth == 0)
  {
    arena::end_fork();
    space::end_fork();
    for_each_slot([](HeapSlot& slot) {
      if (slot.claimed.load(std::memory_order_relaxed) != 0)
        unclaim(slot);
    });
    lock.end_fork();
  }
  else
    lock.unlock();
}

void resume_in_child(Heap* own)
{
  space::forget_other_threads();
  for_each_slot([own](HeapSlot& slot) {
    slot.claimed.store(0, std::memory_order_relaxed);
    if (slot.heap == own || slot.parked.load(std::memory_order_relaxed))
      return;
    put_parked(slot);
    slot.heap->abandon();
  });
  // Only now has everything that the others held back arrived.
  for (HeapSlot* slot = parked; slot != nullptr; slot = slot->next_parked)
    if (!slot->inbox.is_empty())
      drain_parked(*slot);
  if (--fork_depth == 0)
  {
    arena::end_fork();
    space::end_fork();
    lock.end_fork();
  }
  else
    lock.unlock();
}

// Where threads still own heaps the process may exit, whatever the order of its destructors says; all is left as it is
// then. Otherwise the lock is never released: a thread that comes now, while the process exits, waits for its end.
void unload(Heap* own, bool is_certain)
{
  lock.lock();
  bool is_used = false;
  for_each_slot(
    [own, &is_used](HeapSlot& slot) { is_used |= slot.heap != own && !slot.parked.load(std::memory_order_relaxed); });
  if ((is_used && !is_certain) || slot_count == 1)
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
    space::purge(true);
    return;
  }
  space::release_all();
  arena::release_all();
  page_map::release_all();
  for (std::atomic<HeapSlot*>& segment : segments)
    if (HeapSlot* slots = segment.load(std::memory_order_relaxed))
    {
      os::release_guarded(slots, align_up(segment_bytes, os::page_bytes()));
      segment.store(nullptr, std::memory_order_relaxed);
    }
}

void check_invariants(Heap* own)
{
  Hold hold(lock);
  for_each_heap_at_rest(own, [](const Heap& heap) { heap.check_invariants(); });
}

void verify_free_objects(Heap* own)
{
  if (own != nullptr && own->is_busy()) // a signal handler ends the process in the middle of a slow path
    return;
  if (own != nullptr)
    SlowPath slow(*own); // which begins with what others sent; that is looked at when it arrives
  Hold hold(lock);
  for_each_heap_at_rest(own, [](const Heap& heap) { heap.verify_free_objects(); });
}

Sums sums()
{
  Hold hold(lock);
  Sums sums{};
  sums.add(past);
  for_each_slot([&sums](HeapSlot& slot) {
    if (!slot.started)
      return;
    sums.add(slot.heap->counts);
    for (unsigned size_class = 0; size_class < class_count; size_class++)
      sums.cached_objects[size_class] += slot.heap->cached_objects(size_class);
    sums.spare_range_bytes += slot.heap->spare_range_bytes();
  });
  return sums;
}

Counts counts()
{
  Hold hold(lock);
  return {slot_count - 1, parked_count};
}
} // namespace sn::registry

#include "heap/heap.h"

#include "heap/registry.h"
#include "meta/usage.h"
#include "os/os.h"
#include "slab/checked_object.h"

#include <string.h>

namespace sn
{
void Heap::start(HeapSlot* own_slot, Tag own_tag)
{
  slot = own_slot;
  is_private = own_slot->is_private;
  outbox.start();
  tag = own_tag;
  slabs.start(own_tag, is_private);
  known_shortages = shortages.load(std::memory_order_relaxed);
  class_table = no_heap_yet.class_table;
  void** bottom = cells;
  for (unsigned stack = 0; stack < stack_count; stack++)
  {
    tops[stack] = bottom;
    limits[stack] = bottom + stack_depth(stack);
    bottom = limits[stack] + 1;
  }
  if constexpr (config::checks)
    dice = Dice(os::entropy());
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

void* Heap::refill(unsigned size_class)
{
  void* object = refill_from_kept(size_class);
  return object != nullptr ? object : refill_from_slabs(size_class, true);
}

void* Heap::refill_without_slab(unsigned size_class)
{
  void* object = refill_from_kept(size_class);
  return object != nullptr ? object : refill_from_slabs(size_class, false);
}

void* Heap::refill_from_kept(unsigned size_class)
{
  if (void* object = pop(size_class))
    return object;
  move_down(size_class);
  void** bottom = lowest_of(size_class);
  size_t taken = depot.take(size_class, (magazine_depth(size_class) + 1) / 2, bottom + 1, batches);
  if (taken == 0)
    return nullptr;
  tops[size_class] = bottom + (taken - 1);
  return bottom[taken];
}

void* Heap::refill_from_slabs(unsigned size_class, bool may_make)
{
  size_t wanted = (magazine_depth(size_class) + 1) / (SN_UNLIKELY(usage::is_scarce()) ? 16 : 2);
  if (wanted == 0)
    wanted = 1;
  void** bottom = lowest_of(size_class); // for the magazine is empty
  // Downwards from the top of what is wanted, so that the lowest address is handed out first.
  size_t taken = slabs.take(size_class, wanted, bottom + wanted, may_make, dice);
  if (taken == 0)
    return nullptr;
  depot.note_wanted(taken * class_bytes(size_class));
  taken_bytes += taken * class_bytes(size_class);
  if (taken < wanted)
    memmove(bottom + 1, bottom + 1 + (wanted - taken), taken * sizeof(void*));
  void* object = bottom[taken];
  tops[size_class] = bottom + (taken - 1);
  return object;
}

void Heap::flush_half(unsigned size_class)
{
  if (move_down(size_class))
    return;
  void** bottom = lowest_of(size_class);
  auto count = size_t(tops[size_class] - bottom);
  size_t older = (count + 1) / 2;
  size_t bytes = older * class_bytes(size_class);
  size_t kept = depot.has_room(bytes) ? depot.put(size_class, bottom + 1, older, batches) : 0;
  size_t gone = older;
  if (kept < older)
  {
    size_t slabs_before = slabs.count();
    slabs.give_back(size_class, bottom + 1 + kept, older - kept);
    depot.note_given_back(bytes);
    // Many slabs end: each object of the younger half may be the last one of its slab, too.
    if (slabs_before - slabs.count() > older / 8)
    {
      slabs.give_back(size_class, bottom + 1 + older, count - older);
      gone = count;
    }
  }
  memmove(bottom + 1, bottom + 1 + gone, (count - gone) * sizeof(void*));
  tops[size_class] = bottom + (count - gone);
}

void Heap::drain_inbox(To to)
{
  slot->unread.store(0, std::memory_order_relaxed);
  uint32_t received = 0;
  Batch* first = slot->inbox.take();
  for (Batch* batch = first; batch != nullptr; received++)
  {
    Batch* next = batch->next;
    SN_PREFETCH(next);
    receive(batch->objects, batch->count, to);
    if (to == To::magazines)
      batches.put(batch);
    batch = next;
  }
  if (to == To::slabs) // the owner sleeps, or is gone, or wants none
    Batches::end(first);
  if (is_private)
    slot->batches.fetch_sub(received, std::memory_order_relaxed);
}

void Heap::receive(void* const* objects, size_t count, To to)
{
  if constexpr (config::checks)
    for (size_t number = 0; number < count; number++)
      CheckedObject::at(objects[number]).receive();
  // Senders cannot count what is freed with its heap on the way, so objects of private heaps are counted here.
  if (config::counts_operations && is_private)
    for (size_t number = 0; number < count; number++)
    {
      unsigned size_class = slab_of(uintptr_t(objects[number]))->class_index;
      counts.frees_received[size_class].add(1);
      coming_bytes.fetch_sub(counted_bytes(size_class), std::memory_order_relaxed);
    }
  if (config::checks || to == To::slabs)
    return slabs.give_back(objects, count);
  void* left[Batch::capacity];
  size_t left_count = 0;
  for (size_t number = 0; number < count; number++)
  {
    unsigned size_class = kind_of(page_map::entry_of(uintptr_t(objects[number])).tag.load(std::memory_order_relaxed));
    if (SN_UNLIKELY(!push(size_class, objects[number])))
      left[left_count++] = objects[number];
  }
  slabs.give_back(left, left_count);
}

void Heap::retire(size_t kept_bytes)
{
  drain_inbox();
  depot.empty(slabs, batches);
  for (unsigned stack = 0; stack < stack_count; stack++)
  {
    void** bottom = bottom_of(stack);
    if (auto count = size_t(tops[stack] - bottom))
      slabs.give_back(class_of_stack(stack), bottom + 1, count);
    tops[stack] = bottom;
    move_down(stack);
  }
  slabs.settle_currents(kept_bytes);
  post_all();
  release_spares();
}

bool Heap::is_retired() const
{
  for (unsigned stack = 0; stack < stack_count; stack++)
    if (tops[stack] != lowest_of(stack))
      return false;
  return depot.is_empty() && outbox.is_empty() && outbox.is_small();
}

void Heap::release_spares()
{
  outbox.release_empty(batches);
  release_kept();
}

void Heap::release_kept()
{
  batches.release();
  slabs.release_spares();
  large_cache.release();
  range_quarantine.release();
}

void Heap::release_from_outside()
{
  outbox.post_held(batches, counts);
  drain_inbox();
  depot.empty(slabs, batches);
  slabs.settle_currents(0);
  release_kept();
}

// What came into its list two turns ago was there for a whole one, which is the delay or more.
void Heap::make_old_holes(uint64_t now_ms)
{
  if (now_ms - turn_ms >= options.purge_delay_ms)
  {
    turn_ms = now_ms;
    slabs.begin_turn();
    has_old_holes = true;
  }
  if (has_old_holes)
    has_old_holes = slabs.make_holes(Slabs::Which::old);
}

// What is in magazines ends with its slabs, which nobody looks into: only exact counts and checks want it back first.
void Heap::end_all()
{
  for (unsigned stack = 0; !config::checks && !config::counts_operations && stack < stack_count; stack++)
    tops[stack] = bottom_of(stack);
  retire();
  if constexpr (config::counts_operations)
    for (unsigned size_class = 0; size_class < class_count; size_class++)
      counts.frees_received[size_class].add(slabs.used_objects(size_class));
  slabs.end_all();
  release_spares();
}

void Heap::abandon()
{
  if constexpr (config::profiles)
  {
    countdown = 0;
    sampler.forget();
  }
  if (!outbox.is_untouched()) // otherwise nothing is written, and no page is copied
  {
    post_all();
    outbox.release_empty(batches); // its places, too
  }
}

void Heap::verify_free_objects() const
{
  for (unsigned stack = 0; stack < stack_count; stack++)
    for (void** cell = bottom_of(stack) + 1; cell <= tops[stack]; cell++)
      CheckedObject::at(*cell).verify_free();
  slabs.verify_free_objects();
}

// What is in the magazines of a class, and in the depot. The owner's fast paths move the top meanwhile, by one store
// each.
size_t Heap::cached_objects(unsigned size_class) const
{
  size_t cached = 0;
  for (unsigned stack = size_class; stack < stack_count; stack += class_count)
  {
    ptrdiff_t count = racing::read(tops[stack]) - bottom_of(stack);
    cached += count > 0 ? size_t(count) : 0; // fewer: it moves down just now
  }
  return cached + depot.count(size_class);
}

void Heap::add_to(Sums& sums) const
{
  sums.add(counts);
  sums.add(slabs.figures());
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    sums.cached_objects[size_class] += cached_objects(size_class);
  sums.spare_range_bytes += slabs.spare_range_bytes() + large_cache.bytes() + range_quarantine.bytes();
}
} // namespace sn

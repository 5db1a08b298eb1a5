#include "heap/heap.h"

#include "heap/slot.h"
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
  tag = own_tag;
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
  void** bottom = bottom_of(size_class);
  size_t taken = take_from_depot(size_class, (magazine_depth(size_class) + 1) / 2, bottom + 1);
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
  void** bottom = bottom_of(size_class);
  size_t taken = 0;
  // The slots from the top of what is wanted downwards, so that the lowest address is handed out first.
  while (taken < wanted)
  {
    Slab* slab = current[size_class];
    if (slab == nullptr || slab->free_count == 0)
    {
      slab = next_slab(size_class, may_make && taken == 0);
      if (slab == nullptr)
        break;
      make_current(size_class, slab);
    }
    void** slot = bottom + (wanted - taken);
    taken += config::checks ? slab->take_some(wanted - taken, slot, dice) : slab->take(wanted - taken, slot);
  }
  if (taken == 0)
    return nullptr;
  counts.free_objects[size_class].subtract(taken);
  depot.note_wanted(taken * class_bytes(size_class));
  if (taken < wanted)
    memmove(bottom + 1, bottom + 1 + (wanted - taken), taken * sizeof(void*));
  void* object = bottom[taken];
  tops[size_class] = bottom + (taken - 1);
  return object;
}

void Heap::flush_half(unsigned size_class)
{
  void** bottom = bottom_of(size_class);
  auto count = size_t(tops[size_class] - bottom);
  size_t older = (count + 1) / 2;
  size_t bytes = older * class_bytes(size_class);
  size_t kept = depot.has_room(bytes) ? put_into_depot(size_class, bottom + 1, older) : 0;
  size_t gone = older;
  if (kept < older)
  {
    size_t slabs_before = slab_count;
    give_back(size_class, bottom + 1 + kept, older - kept);
    depot.note_given_back(bytes);
    // Many slabs end: each object of the younger half may be the last one of its slab, too.
    if (slabs_before - slab_count > older / 8)
    {
      give_back(size_class, bottom + 1 + older, count - older);
      gone = count;
    }
  }
  memmove(bottom + 1, bottom + 1 + gone, (count - gone) * sizeof(void*));
  tops[size_class] = bottom + (count - gone);
}

// Objects freed in the order of their addresses, or nearly, share a slab with their neighbours: what depends on it is
// looked up and written back once for each such run. Where runs are short their ends cannot be foreseen, and wrong
// guesses cost more than what is saved.
void Heap::give_back(unsigned size_class, void* const* objects, size_t count)
{
  void* const* const end = objects + count;
  counts.free_objects[size_class].add(count);
  while (objects != end)
  {
    void* const* first = objects;
    objects = give_back_run(size_class, objects, end);
    if (objects - first < config::short_run)
    {
      give_back_scattered(size_class, objects, end);
      break;
    }
  }
}

void* const* Heap::give_back_run(unsigned size_class, void* const* objects, void* const* end)
{
  const SizeClass sizes = size_classes.of[size_class];
  const size_t slab_bytes = sizes.slab_bytes();
  Slab* slab = slab_of(uintptr_t(*objects));
  SN_ASSERT(slab->class_index == size_class);
  uintptr_t base = slab->base;
  uint64_t* words = slab->words;
  uint64_t filled = slab->filled;
  void* const* first = objects;
  size_t offset = uintptr_t(*objects) - base;
  unsigned word_number = sizes.object_at(offset) / 64;
  uint64_t word = 0;
  do
  {
    unsigned number = sizes.object_at(offset);
    SN_ASSERT(size_t(number) * sizes.bytes == offset && !slab->is_free(number));
    if (number / 64 != word_number)
    {
      words[word_number] |= word;
      filled |= uint64_t(1) << word_number;
      word_number = number / 64;
      word = 0;
    }
    word |= uint64_t(1) << (number % 64);
    if (++objects == end)
      break;
    offset = uintptr_t(*objects) - base;
  } while (offset < slab_bytes);
  words[word_number] |= word;
  filled |= uint64_t(1) << word_number;
  slab->filled = filled;
  slab->free_count = uint16_t(slab->free_count + (objects - first));
  if (slab->free_count >= slab->settle_at)
    settle(slab);
  return objects;
}

SN_INLINE void Heap::give_back_one(Slab* slab, const SizeClass& sizes, void* object)
{
  size_t offset = uintptr_t(object) - slab->base;
  unsigned number = sizes.object_at(offset);
  SN_ASSERT(size_t(number) * sizes.bytes == offset && !slab->is_free(number));
  slab->words[number / 64] |= uint64_t(1) << (number % 64);
  slab->filled |= uint64_t(1) << (number / 64);
  slab->free_count++;
  if (SN_UNLIKELY(slab->free_count >= slab->settle_at))
    settle(slab);
}

void Heap::give_back_scattered(unsigned size_class, void* const* objects, void* const* end)
{
  const SizeClass sizes = size_classes.of[size_class];
  for (; objects != end; objects++)
  {
    Slab* slab = slab_of(uintptr_t(*objects));
    SN_ASSERT(slab->class_index == size_class);
    give_back_one(slab, sizes, *objects);
  }
}

// Of objects of all classes, neighbours mostly lie apart; those of one chunk are likely to be a longer run.
void Heap::give_back(void* const* objects, size_t count)
{
  void* const* const end = objects + count;
  while (objects != end)
  {
    auto address = uintptr_t(*objects);
    const Entry& entry = page_map::entry_of(address);
    unsigned size_class = kind_of(entry.tag.load(std::memory_order_relaxed));
    void* const* first = objects++;
    if (objects != end && uintptr_t(*objects) >> config::chunk_log2 == address >> config::chunk_log2)
      objects = give_back_run(size_class, first, end);
    else
      give_back_one(slab_of(entry), size_classes.of[size_class], *first);
    counts.free_objects[size_class].add(size_t(objects - first));
  }
}

uint8_t Heap::list_for(size_t free_count, size_t objects)
{
  return uint8_t((4 * free_count > objects) + (2 * free_count > objects) + (4 * free_count > 3 * objects));
}

// The least number of free objects for which list_for() says more than `list`.
uint16_t Heap::end_of_list(uint8_t list, size_t objects)
{
  return uint16_t(list + 1u == list_count ? objects : objects * (list + 1u) / 4 + 1);
}

// Whether all pages of the class's next slab will be used soon.
bool Heap::will_fill_slab(unsigned size_class) const
{
  return class_bytes(size_class) <= os::page_bytes() &&
         counts.slabs[size_class].get() >= config::slabs_before_populating;
}

Slab* Heap::next_slab(unsigned size_class, bool may_make)
{
  for (unsigned list = 0; list < list_count; list++)
    if (Slab* slab = lists[size_class][list])
    {
      unlink(slab);
      return slab;
    }
  if (!may_make)
    return nullptr;
  uint32_t chunks = size_classes.of[size_class].slab_chunks;
  bool fills = will_fill_slab(size_class);
  Range* range = range_cache.take(chunks, fills);
  if (range == nullptr)
  {
    range_cache.release(); // ranges of other sizes may join to what is needed
    range = range_cache.take(chunks, fills);
  }
  if (range == nullptr)
    return nullptr;
  Slab* slab = make_slab(range, size_class, tag);
  if (slab == nullptr)
  {
    range_cache.put(range);
    return nullptr;
  }
  if (slab->fresh && fills)
    os::populate(reinterpret_cast<void*>(slab->base), size_classes.of[size_class].slab_bytes());
  slab->list = no_list;
  slab_count++;
  counts.slabs[size_class].add(1);
  counts.free_objects[size_class].add(slab->free_count);
  return slab;
}

// The current slab is never settled; the one before it has no free objects, and is as soon as it gets one back.
void Heap::make_current(unsigned size_class, Slab* slab)
{
  if (Slab* before = current[size_class])
  {
    if (is_private)
      link(before, full_list);
    before->settle_at = 1;
  }
  current[size_class] = slab;
  if (slab != nullptr)
    slab->settle_at = never_settle;
}

// The class has no current slab afterwards.
void Heap::settle_current(unsigned size_class)
{
  Slab* slab = current[size_class];
  make_current(size_class, nullptr);
  if (slab != nullptr && slab->free_count > 0)
    settle(slab);
}

// Puts a slab that has got objects back where it belongs now.
void Heap::settle(Slab* slab)
{
  size_t objects = slab->size_class().slab_objects;
  if (slab->list != no_list)
    unlink(slab);
  if (slab->free_count == objects)
    end(slab);
  else
    link(slab, list_for(slab->free_count, objects));
}

void Heap::link(Slab* slab, uint8_t list)
{
  Slab*& head = lists[slab->class_index][list];
  slab->list = list;
  slab->settle_at = list == full_list ? 1 : end_of_list(list, slab->size_class().slab_objects);
  slab->previous = nullptr;
  slab->next = head;
  if (head != nullptr)
    head->previous = slab;
  head = slab;
}

void Heap::unlink(Slab* slab)
{
  if (slab->next != nullptr)
    slab->next->previous = slab->previous;
  if (slab->previous != nullptr)
    slab->previous->next = slab->next;
  else
    lists[slab->class_index][slab->list] = static_cast<Slab*>(slab->next);
  slab->list = no_list;
}

void Heap::forget(const Slab* slab)
{
  slab_count--;
  counts.slabs[slab->class_index].subtract(1);
  counts.free_objects[slab->class_index].subtract(slab->free_count);
}

void Heap::end(Slab* slab)
{
  forget(slab);
  range_cache.put(end_slab(slab));
}

// The owner's fast paths move the top meanwhile, by one store each.
SN_UNSYNCHRONISED size_t Heap::cached_objects(unsigned size_class) const
{
  size_t cached = 0;
  for (unsigned stack = size_class; stack < stack_count; stack += class_count)
    cached += size_t(*const_cast<void** const volatile*>(&tops[stack]) - bottom_of(stack));
  return cached + depot.objects[size_class].get();
}
} // namespace sn

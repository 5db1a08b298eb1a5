#include "heap/heap.h"

#include "heap/slot.h"
#include "os/os.h"

namespace sn
{
void Heap::start(HeapSlot* own_slot, Tag own_tag)
{
  slot = own_slot;
  tag = own_tag;
  class_table = sn::class_table;
  void** bottom = cells;
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    tops[size_class] = bottom;
    limits[size_class] = bottom + magazine_depth(size_class);
    bottom = limits[size_class] + 1;
  }
  started = true;
}

void* Heap::refill(unsigned size_class)
{
  if (!slot->inbox.is_empty())
    drain_inbox();
  size_t wanted = (magazine_depth(size_class) + 1) / 2;
  void** bottom = bottom_of(size_class);
  size_t taken = 0;
  // The slots from the top of what is wanted downwards, so that the lowest address is handed out first.
  while (taken < wanted)
  {
    Slab* slab = current[size_class];
    if (slab == nullptr || slab->free_count == 0)
    {
      slab = next_slab(size_class, taken == 0);
      if (slab == nullptr)
        break;
      current[size_class] = slab;
    }
    taken += slab->take(wanted - taken, bottom + (wanted - taken));
  }
  if (taken == 0)
    return nullptr;
  if (taken < wanted)
    __builtin_memmove(bottom + 1, bottom + 1 + (wanted - taken), taken * sizeof(void*));
  void* object = bottom[taken];
  tops[size_class] = bottom + (taken - 1);
  return object;
}

void Heap::flush_half(unsigned size_class)
{
  void** bottom = bottom_of(size_class);
  void** top = tops[size_class];
  auto count = size_t(top - bottom);
  size_t older = (count + 1) / 2;
  give_back(bottom + 1, older);
  __builtin_memmove(bottom + 1, bottom + 1 + older, (count - older) * sizeof(void*));
  tops[size_class] = bottom + (count - older);
}

void Heap::give_back(void* const* objects, size_t count)
{
  // Runs of objects mostly fall into one slab: what depends on the slab is looked up once per run.
  Slab* slab = nullptr;
  uintptr_t base = 0;
  size_t slab_bytes = 0;
  SizeClass sizes{};
  uint64_t* words = nullptr;
  uint64_t filled = 0;
  uint32_t added = 0;
  for (size_t number = 0; number < count; number++)
  {
    auto object = uintptr_t(objects[number]);
    if (object - base >= slab_bytes)
    {
      if (slab != nullptr)
      {
        slab->filled |= filled;
        slab->free_count = uint16_t(slab->free_count + added);
        settle(slab);
      }
      slab = slab_of(object);
      base = slab->base;
      sizes = slab->size_class();
      slab_bytes = sizes.slab_bytes();
      words = slab->words;
      filled = 0;
      added = 0;
    }
    unsigned index = sizes.object_at(object - base);
    SN_ASSERT(base + size_t(index) * sizes.bytes == object);
    SN_ASSERT((words[index / 64] >> (index % 64) & 1) == 0);
    words[index / 64] |= uint64_t(1) << (index % 64);
    filled |= uint64_t(1) << (index / 64);
    added++;
  }
  if (slab != nullptr)
  {
    slab->filled |= filled;
    slab->free_count = uint16_t(slab->free_count + added);
    settle(slab);
  }
}

uint8_t Heap::list_for(size_t free_count, size_t objects)
{
  return uint8_t((4 * free_count > objects) + (2 * free_count > objects) + (4 * free_count > 3 * objects));
}

Slab* Heap::next_slab(unsigned size_class, bool may_make)
{
  for (Slab* slab : lists[size_class])
    if (slab != nullptr)
    {
      unlink(slab);
      return slab;
    }
  if (!may_make)
    return nullptr;
  Range* range = range_cache.take(size_classes.of[size_class].slab_chunks);
  if (range == nullptr)
    return nullptr;
  Slab* slab = make_slab(range, size_class, tag);
  if (slab == nullptr)
  {
    range_cache.put(range);
    return nullptr;
  }
  slab->list = no_list;
  slab_count++;
  return slab;
}

// Puts a slab that has got objects back where it belongs now.
void Heap::settle(Slab* slab)
{
  if (slab == current[slab->class_index])
    return;
  size_t objects = slab->size_class().slab_objects;
  uint8_t list = slab->free_count == objects ? no_list : list_for(slab->free_count, objects);
  if (list == slab->list && list != no_list)
    return;
  if (slab->list != no_list)
    unlink(slab);
  if (list == no_list)
    end(slab);
  else
    link(slab, list);
}

void Heap::link(Slab* slab, uint8_t list)
{
  Slab*& head = lists[slab->class_index][list];
  slab->list = list;
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

void Heap::end(Slab* slab)
{
  slab_count--;
  range_cache.put(end_slab(slab));
}

void Heap::retire()
{
  drain_inbox();
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    void** bottom = bottom_of(size_class);
    void** top = tops[size_class];
    give_back(bottom + 1, size_t(top - bottom));
    tops[size_class] = bottom;
    Slab* slab = current[size_class];
    current[size_class] = nullptr;
    if (slab != nullptr && slab->free_count > 0)
      settle(slab);
  }
  post_all();
  release_spares();
}

} // namespace sn

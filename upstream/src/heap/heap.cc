#include "heap/heap.h"

#include "heap/slot.h"
#include "os/os.h"

namespace sn
{
namespace
{
constexpr size_t batch_granules = sizeof(Batch) / arena::granule_bytes;
static_assert(sizeof(Batch) % arena::granule_bytes == 0 && batch_granules <= 16, "a batch is a block of the arena");

constexpr size_t max_spare_batches = 8;

// Which list a slab with that many free objects belongs to: 0 holds the fullest.
uint8_t list_for(size_t free_count, size_t objects)
{
  return uint8_t((4 * free_count > objects) + (2 * free_count > objects) + (4 * free_count > 3 * objects));
}
} // namespace

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

void Heap::drain_inbox()
{
  for (Batch* batch = slot->inbox.take(); batch != nullptr;)
  {
    Batch* next = batch->next;
    SN_PREFETCH(next);
    give_back(batch->objects, batch->count);
    recycle(batch);
    batch = next;
  }
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

bool Heap::open_batch(uint32_t owner)
{
  Outbox::Open& open = outbox.open_for(owner);
  if (open.owner != owner || open.is_full())
    post(open);
  open.owner = owner;
  if (open.batch == nullptr)
    open.batch = new_batch();
  return open.batch != nullptr;
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
  HeapSlot& to = registry::slot_of(open.owner);
  to.inbox.push(batch);
  // Sequentially consistent after the push: see heap/registry.h.
  if (to.parked.load(std::memory_order_seq_cst))
    posted_to_parked[posted_to_parked_count++] = &to;
}

Batch* Heap::new_batch()
{
  Batch* batch = spare_batches;
  if (batch == nullptr)
    return static_cast<Batch*>(arena::allocate(batch_granules));
  spare_batches = batch->next;
  spare_batch_count--;
  return batch;
}

void Heap::recycle(Batch* batch)
{
  if (spare_batch_count == max_spare_batches)
  {
    arena::free(batch, batch_granules);
    return;
  }
  batch->next = spare_batches;
  spare_batches = batch;
  spare_batch_count++;
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

void Heap::release_spares()
{
  for (Outbox::Open& open : outbox.opened)
    if (open.batch != nullptr && open.count.load(std::memory_order_relaxed) == 0)
    {
      recycle(open.batch);
      open.batch = nullptr;
    }
  while (Batch* batch = spare_batches)
  {
    spare_batches = batch->next;
    arena::free(batch, batch_granules);
  }
  spare_batch_count = 0;
  range_cache.release();
}

// A claim is made in this order: `claimed` is set, heavy fence, `busy` is read; here: `busy` is set, light fence,
// `claimed` is read. One of the two sees the other.
void Heap::enter()
{
  for (;;)
  {
    busy.store(1, std::memory_order_relaxed);
    os::light_fence();
    // Acquire: pairs with the release in registry's unclaim; the claimer's work on the heap is seen.
    if (SN_LIKELY(slot->claimed.load(std::memory_order_acquire) == 0))
      return;
    leave();
    os::wait(slot->claimed, 1);
  }
}

// Release: pairs with the acquire in is_busy(); the claimer sees the owner's work.
void Heap::leave()
{
  busy.store(0, std::memory_order_release);
  os::light_fence();
  if (SN_UNLIKELY(slot->claimed.load(std::memory_order_relaxed) != 0))
    os::wake_all(busy);
}

void Heap::wait_until_left()
{
  while (is_busy())
    os::wait(busy, 1);
}

void Heap::check_invariants() const
{
  auto check = [](bool holds, const char* message) {
    if (!holds)
      os::die(message);
  };
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    for (unsigned list = 0; list < list_count; list++)
      for (const Slab* slab = lists[size_class][list]; slab != nullptr; slab = static_cast<const Slab*>(slab->next))
      {
        const SizeClass& sizes = slab->size_class();
        size_t free_count = 0;
        for (unsigned word = 0; word < sizes.words(); word++)
        {
          for (uint64_t bits = slab->words[word]; bits != 0; bits = without_lowest_bit(bits))
            free_count++;
          check((slab->words[word] != 0) == ((slab->filled >> word & 1) != 0), "snmalloc: `filled` is wrong");
        }
        check(free_count == slab->free_count, "snmalloc: a slab's free objects are miscounted");
        check(free_count > 0 && free_count < sizes.slab_objects, "snmalloc: a slab in a list is full or empty");
        check(slab->list == list && list == list_for(free_count, sizes.slab_objects), "snmalloc: wrong list");
        check(slab->class_index == size_class, "snmalloc: a slab is among another class");
        check(page_map::find_tag(slab->base) == (tag | size_class), "snmalloc: a slab's chunk has another tag");
      }
}
} // namespace sn

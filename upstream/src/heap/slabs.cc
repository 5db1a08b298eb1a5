#include "heap/slabs.h"

#include "os/os.h"
#include "slab/checked_object.h"
#include "slab/holes.h"

namespace sn
{
void Slabs::start(Tag owner_tag, bool is_for_private)
{
  tag = owner_tag;
  is_private = is_for_private;
}

// Objects freed in the order of their addresses, or nearly, share a slab with their neighbours: what depends on it is
// looked up and written back once for each such run. Where runs are short their ends cannot be foreseen, and wrong
// guesses cost more than what is saved.
void Slabs::give_back(unsigned size_class, void* const* objects, size_t count)
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

void* const* Slabs::give_back_run(unsigned size_class, void* const* objects, void* const* end)
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

SN_INLINE void Slabs::give_back_one(Slab* slab, const SizeClass& sizes, void* object)
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

void Slabs::give_back_scattered(unsigned size_class, void* const* objects, void* const* end)
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
void Slabs::give_back(void* const* objects, size_t count)
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

uint8_t Slabs::list_for(size_t free_count, size_t objects)
{
  return uint8_t((4 * free_count > objects) + (2 * free_count > objects) + (4 * free_count > 3 * objects));
}

// The least number of free objects for which list_for() says more than `list`.
uint16_t Slabs::end_of_list(uint8_t list, size_t objects)
{
  return uint16_t(list + 1u == list_count ? objects : objects * (list + 1u) / 4 + 1);
}

// Whether all pages of the class's next slab will be used soon.
bool Slabs::will_fill(unsigned size_class) const
{
  return class_bytes(size_class) <= os::page_bytes() &&
         counts.slabs[size_class].get() >= config::slabs_before_populating;
}

Slab* Slabs::take_listed(unsigned size_class)
{
  for (unsigned list = 0; list < list_count; list++)
    for (unsigned in = list; in < full_list; in += list_count)
      if (Slab* slab = first_of(size_class, in))
      {
        unlink(slab);
        return slab;
      }
  return nullptr;
}

Slab* Slabs::next(unsigned size_class, bool may_make)
{
  Slab* before = current[size_class];
  bool is_hollow = before != nullptr && before->free_count != 0;
  Slab* slab = take_listed(size_class);
  if (slab == nullptr && is_hollow)
    slab = before;
  if (config::makes_holes && slab == nullptr && (slab = first_of(size_class, hollow_list)) != nullptr)
    unlink(slab);
  if (slab == nullptr && may_make)
    slab = make(size_class);
  if (slab == nullptr)
    return nullptr;
  if (slab != before)
    make_current(size_class, slab);
  if (slab->filled == 0)
  {
    counts.hole_bytes.subtract(holes::end_first(slab));
    if (slab->filled == 0)
      misuse::counted_twice(slab->size_class().bytes);
  }
  return slab;
}

Slab* Slabs::make(unsigned size_class)
{
  uint32_t chunks = size_classes.of[size_class].slab_chunks;
  bool fills = will_fill(size_class);
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

// The current slab is never settled; the one before it has no free objects but in holes, and is as soon as it gets one
// back.
void Slabs::make_current(unsigned size_class, Slab* slab)
{
  if (Slab* before = current[size_class])
  {
    before->settle_at = uint16_t(before->free_count + 1);
    if (before->free_count != 0 && before->out_pages() == 0)
      misuse::counted_twice(before->size_class().bytes);
    if (before->free_count != 0)
      place(before, hollow_list);
    else if (is_private)
      place(before, full_list);
  }
  current[size_class] = slab;
  if (slab != nullptr)
    slab->settle_at = never_settle;
}

// The class has no current slab afterwards.
void Slabs::settle_current(unsigned size_class)
{
  Slab* slab = current[size_class];
  if (slab == nullptr)
    return;
  if (slab->filled == 0)
    return make_current(size_class, nullptr);
  current[size_class] = nullptr;
  settle(slab);
}

// Puts a slab that has got objects back where it belongs now.
void Slabs::settle(Slab* slab)
{
  size_t objects = slab->size_class().slab_objects;
  if (slab->list != no_list)
    unlink(slab);
  if (slab->free_count == objects)
  {
    forget(slab);
    range_cache.put(end_slab(slab));
  }
  else
    link(slab, list_for(slab->free_count, objects));
}

void Slabs::settle_currents(size_t kept_bytes)
{
  for (unsigned size_class = 0; size_class < class_count; size_class++)
    if (class_bytes(size_class) > kept_bytes)
      settle_current(size_class);
    else if (Slab* slab = current[size_class];
             config::checks && slab != nullptr && slab->free_count == slab->size_class().slab_objects)
      sn::verify_free_objects(slab); // it would have ended
}

void Slabs::link(Slab* slab, uint8_t list)
{
  slab->settle_at = end_of_list(list, slab->size_class().slab_objects);
  slab->listed_at = turn;
  place(slab, list);
}

void Slabs::place(Slab* slab, uint8_t list)
{
  slab->list = list;
  lists[slab->class_index][list].insert(slab);
}

void Slabs::unlink(Slab* slab)
{
  lists[slab->class_index][slab->list].remove(slab);
  slab->list = no_list;
}

void Slabs::forget(const Slab* slab)
{
  slab_count--;
  if (size_t bytes = holes::bytes(slab))
    counts.hole_bytes.subtract(bytes);
  counts.slabs[slab->class_index].subtract(1);
  counts.free_objects[slab->class_index].subtract(slab->free_count);
}

void Slabs::end_all()
{
  for (unsigned size_class = 0; slab_count != 0 && size_class < class_count; size_class++)
    for (unsigned list = 0; counts.slabs[size_class].get() != 0 && list < all_lists; list++)
      while (Slab* slab = first_of(size_class, list))
      {
        unlink(slab);
        forget(slab);
        range_cache.put(end_slab_in_use(slab));
      }
}

size_t Slabs::used_objects(unsigned size_class) const
{
  size_t all = counts.slabs[size_class].get() * size_classes.of[size_class].slab_objects;
  return all - counts.free_objects[size_class].get();
}

void Slabs::verify_free_objects() const
{
  for (unsigned size_class = 0; size_class < class_count; size_class++)
  {
    if (current[size_class] != nullptr)
      sn::verify_free_objects(current[size_class]);
    for (const RangeList& list : lists[size_class])
      for (Range* range = list.first(); range != nullptr; range = range->next)
        sn::verify_free_objects(static_cast<Slab*>(range));
  }
}
} // namespace sn

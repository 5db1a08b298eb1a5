#include "front/large.h"

#include "front/checked_large.h"
#include "os/os.h"
#include "range/space.h"

#include <string.h>

namespace sn
{
namespace
{
// The least that holds an object, and what one gets that grows, if there is so much.
uint32_t least_chunks_for(size_t size)
{
  return space::chunks_for(config::checks ? checked::open_bytes(size) + os::page_bytes() : size);
}
RangeClass class_for(size_t size)
{
  return RangeClass(least_chunks_for(size));
}

uint32_t align_chunks_for(Layout layout)
{
  size_t alignment = layout.needed_alignment();
  return uint32_t(alignment > config::chunk_bytes ? alignment >> config::chunk_log2 : 1);
}

// Large objects belong to no heap, but a child of fork must not find an operation half done. So each operation is a
// bracket that fork waits for, as slow paths are; but not that of a thread that the system refuses memory for a heap.
class LargePath
{
public:
  explicit LargePath(Heap* private_heap = nullptr) : visit(private_heap)
  {
    Heap* heap = visit.heap();
    if (heap == nullptr)
      return;
    heap->enter();
    heap->large_cache.report();
    if (SN_UNLIKELY(heap->large_cache.is_tick()))
    {
      uint64_t now = os::now_ms();
      heap->large_cache.shrink(now);
      heap->look_round(now);
      heap->make_old_holes(now);
    }
    else if (SN_UNLIKELY(heap->has_old_holes))
      heap->make_old_holes(os::now_ms());
  }
  ~LargePath()
  {
    if (visit.heap() != nullptr)
      visit.heap()->leave();
    count_bytes(counted);
  }
  LargePath(const LargePath&) = delete;
  LargePath& operator=(const LargePath&) = delete;

  // Null: there is none.
  Heap* heap() { return visit.heap(); }

  // In the heap's own figures.
  SN_INLINE void count(const LargeChange& change)
  {
    if (SN_LIKELY(visit.heap() != nullptr))
      visit.heap()->counts.large.add(change);
    else
      registry::count_without_heap(change);
    counted.allocated_bytes += change.allocated_bytes;
    counted.freed_bytes += change.freed_bytes;
  }

private:
  Visit visit;
  ThreadCounts counted{}; // when the bracket is left
};

// A range that the heap keeps, or one of the address space. Null: the system refuses memory, or nothing could hold it.
LargeObject* take_range(LargePath& path, Layout layout)
{
  if (layout.size > space::max_bytes || layout.needed_alignment() > space::max_bytes)
    return nullptr;
  uint32_t align_chunks = align_chunks_for(layout);
  uint32_t chunks = least_chunks_for(layout.size);
  Heap* heap = path.heap();
  if (heap != nullptr && align_chunks == 1)
    if (Range* kept = config::checks ? heap->take_from_quarantine(chunks) : heap->large_cache.take(chunks))
      return static_cast<LargeObject*>(kept);
  Range* range = space::allocate_range(chunks, align_chunks);
  if (range == nullptr && heap != nullptr)
  {
    heap->release_spares();
    range = space::allocate_range(chunks, align_chunks);
  }
  if (range != nullptr && heap != nullptr)
    heap->large_cache.note_wanted(range->bytes());
  return static_cast<LargeObject*>(range);
}

// As take_range(), of memory that is not resident.
LargeObject* take_clean_range(Layout layout)
{
  return static_cast<LargeObject*>(space::allocate_clean(class_for(layout.size).chunks(), align_chunks_for(layout)));
}

// Whether the heap keeps a range of that size, or the address space has resident memory for it.
bool has_resident_range(LargePath& path, size_t size)
{
  uint32_t chunks = class_for(size).chunks();
  return (path.heap() != nullptr && path.heap()->large_cache.has(chunks)) || space::has_dirty(chunks);
}

void give_range(LargePath& path, LargeObject* large)
{
  if constexpr (config::checks)
  {
    checked::close(large);
    if (path.heap() != nullptr)
      path.heap()->put_into_quarantine(large);
    else
      space::free_range(large);
    return;
  }
  space::judge_use(large);
  large->zero = large->fresh = false;
  if (path.heap() == nullptr || !path.heap()->large_cache.put(large))
    space::free_range(large);
}

SN_INLINE void set_tag(const LargeObject* large, Tag tag)
{
  if constexpr (config::checks)
    return checked::tag_chunks(large, tag);
  page_map::entry_of(large->base).tag.store(tag, std::memory_order_relaxed); // the entry names the range already
}

void enter_list(LargeObject* large)
{
  if (large->owner == 0)
    return;
  if (HeapSlot& slot = registry::slot_of(large->owner); SN_LIKELY(!slot.is_ended)) // see heap/fork.cc
    slot.heap->large_ranges.insert(large);
}

void leave_list(LargeObject* large)
{
  if (large->owner == 0)
    return;
  if (HeapSlot& slot = registry::slot_of(large->owner); SN_LIKELY(!slot.is_ended)) // see heap/fork.cc
    slot.heap->large_ranges.remove(large);
}

SN_INLINE void* object_in(LargeObject* large, uint32_t owner)
{
  large->owner = owner;
  enter_list(large);
  set_tag(large, large_tag);
  return reinterpret_cast<void*>(large->base);
}

void count_resize(LargePath& path, size_t old_bytes, size_t new_bytes)
{
  if (new_bytes > old_bytes)
    path.count({0, 0, new_bytes - old_bytes, 0});
  else
    path.count({0, 0, 0, old_bytes - new_bytes});
}

void clear(LargeObject* large, size_t size)
{
  auto* start = reinterpret_cast<void*>(large->base);
  bool is_worth_it = size >= config::purge_to_clear_bytes;
  // Memory that might have been given back is judged, too: otherwise one object that was used wholly would speak for
  // all.
  large->fresh = is_worth_it;
  if (!is_worth_it || space::are_used_wholly() || !os::clear(start, large->bytes()))
    memset(start, 0, size);
}

// False: it stays as it is, too small. One that cannot be made smaller for want of metadata serves as it is.
bool resize_in_range(LargePath& path, LargeObject* large, size_t new_size)
{
  size_t old_bytes = large->bytes();
  uint32_t chunks = class_for(new_size).chunks();
  if (config::checks && (least_chunks_for(new_size) > large->chunks || !checked::resize_open(large, new_size)))
    return false;
  if (chunks < large->chunks)
  {
    set_tag(large, free_tag);
    space::shrink(large, chunks);
    set_tag(large, large_tag);
  }
  else if (chunks > large->chunks && !space::grow(large, chunks) && least_chunks_for(new_size) > large->chunks)
    return false;
  count_resize(path, old_bytes, large->bytes());
  return true;
}

void* move_pages(LargePath& path, LargeObject* large, Layout layout)
{
  size_t old_bytes = config::checks ? checked::open_bytes(large->layout.size) : large->bytes();
  if (old_bytes < config::move_pages_bytes)
    return nullptr;
  LargeObject* to = config::checks ? take_range(path, layout) : take_clean_range(layout);
  if (to == nullptr)
    return nullptr;
  size_t new_bytes = config::checks ? checked::open_bytes(layout.size) : to->bytes();
  size_t range_bytes = large->bytes();
  uint32_t owner = large->owner;
  to->profile = large->profile;
  to->token = large->token;
  if constexpr (config::profiles)
    to->layout.size = size_t(large->layout.size);
  leave_list(large);
  set_tag(large, free_tag);
  if (!space::move(large, old_bytes, to, new_bytes))
  {
    object_in(large, owner);
    return nullptr;
  }
  count_resize(path, range_bytes, to->bytes());
  if constexpr (config::checks)
    checked::note_open(to, layout);
  return object_in(to, owner);
}

// Where there is no second place for it. Not with checks, where the place is closed until it is opened.
void* grow_behind(LargePath& path, LargeObject* large, size_t new_size)
{
  size_t old_bytes = large->bytes();
  if (config::checks || old_bytes < config::move_pages_bytes)
    return nullptr;
  if (!space::grow_behind(large, class_for(new_size).chunks()))
    if (!space::grow_behind(large, least_chunks_for(new_size)))
      return nullptr;
  count_resize(path, old_bytes, large->bytes());
  return reinterpret_cast<void*>(large->base);
}

// Null: the system refuses memory.
LargeObject* start_large(Layout layout, Heap* private_heap)
{
  LargePath path(private_heap);
  LargeObject* large = take_range(path, layout);
  if (large == nullptr)
    return nullptr;
  if constexpr (config::checks)
    if (!checked::open(large, layout))
    {
      space::free_range(large);
      return nullptr;
    }
  large->profile = 0;
  path.count({1, 0, large->bytes(), 0});
  object_in(large, private_heap == nullptr ? 0 : owner_of(private_heap->tag));
  return large;
}
} // namespace

void* allocate_large(Layout layout, bool zero, Heap* private_heap)
{
  LargeObject* large = start_large(layout, private_heap);
  if (large == nullptr)
    return nullptr;
  if (!config::checks && zero && !large->zero) // outside of brackets, for it may take long
    clear(large, layout.size);
  return address_of(large);
}

void free_large(void* object, Layout passed, Heap* private_heap)
{
  LargePath path(private_heap);
  LargeObject* large = large_at(object);
  if constexpr (config::checks)
    checked::claim_large(object, passed);
  leave_list(large);
  set_tag(large, free_tag);
  path.count({0, 1, 0, large->bytes()});
  give_range(path, large);
}

void* resize_large(void* object, Layout layout, Heap* private_heap)
{
  if (layout.size > space::max_bytes)
    return nullptr;
  LargeObject* large = large_at(object);
  bool fits = least_chunks_for(layout.size) <= large->chunks && large->chunks <= class_for(layout.size).chunks();
  if (!config::checks && fits)
    return object;
  LargePath path(private_heap);
  if (resize_in_range(path, large, layout.size))
    return object;
  if (!config::checks && has_resident_range(path, layout.size))
    return nullptr;
  void* moved = move_pages(path, large, layout);
  return moved != nullptr ? moved : grow_behind(path, large, layout.size);
}

size_t grown_bytes(size_t new_size)
{
  return new_size > space::max_bytes / 2 ? new_size : size_t(class_for(new_size).chunks()) << config::chunk_log2;
}

size_t resize_large_in_place(void* object, size_t new_size)
{
  if (new_size > space::max_bytes)
    return 0;
  LargePath path;
  LargeObject* large = large_at(object);
  return resize_in_range(path, large, new_size) ? large->bytes() : 0;
}
} // namespace sn

#include "front/large.h"

#include "os/os.h"
#include "range/access.h"
#include "range/space.h"
#include "slab/fill.h"

#include <string.h>

namespace sn
{
namespace
{
// With checks: what the system makes accessible of an object.
size_t open_bytes(size_t size)
{
  return align_up(size, os::page_bytes());
}

// With checks: so much of an object is known by addresses inside.
constexpr size_t most_tagged_bytes = config::GiB;

// The least that holds an object, and what one gets that grows, if there is so much.
uint32_t least_chunks_for(size_t size)
{
  return space::chunks_for(config::checks ? open_bytes(size) + os::page_bytes() : size);
}
RangeClass class_for(size_t size)
{
  return RangeClass(least_chunks_for(size));
}

// Large objects belong to no heap, but a child of fork must not find an operation half done: like all slow paths these
// are brackets that fork waits for; but for a thread that the system refuses memory for a heap.
class LargePath
{
public:
  explicit LargePath(Heap* private_heap = nullptr) : visit(private_heap)
  {
    if (visit.heap() == nullptr)
      return;
    visit.heap()->enter();
    visit.heap()->large_cache.report();
    if (SN_UNLIKELY(visit.heap()->large_cache.is_tick()))
    {
      uint64_t now = os::now_ms();
      visit.heap()->large_cache.shrink(now);
      visit.heap()->looks_for_idle = space::purge_expired(now);
    }
  }
  ~LargePath()
  {
    if (visit.heap() != nullptr)
      visit.heap()->leave();
  }
  LargePath(const LargePath&) = delete;
  LargePath& operator=(const LargePath&) = delete;

  LargeObject* allocate(Layout layout)
  {
    size_t alignment = layout.needed_alignment();
    if (layout.size > space::max_bytes || alignment > space::max_bytes)
      return nullptr;
    auto align_chunks = uint32_t(alignment > config::chunk_bytes ? alignment >> config::chunk_log2 : 1);
    uint32_t chunks = least_chunks_for(layout.size);
    Heap* heap = visit.heap();
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

  // Memory that is not resident.
  LargeObject* allocate_clean(Layout layout)
  {
    size_t alignment = layout.needed_alignment();
    auto align_chunks = uint32_t(alignment > config::chunk_bytes ? alignment >> config::chunk_log2 : 1);
    return static_cast<LargeObject*>(space::allocate_clean(class_for(layout.size).chunks(), align_chunks));
  }

  // Whether the heap keeps a range of that size, or the address space has resident memory for it.
  bool has_resident(size_t size)
  {
    uint32_t chunks = class_for(size).chunks();
    return (visit.heap() != nullptr && visit.heap()->large_cache.has(chunks)) || space::has_dirty(chunks);
  }

  void free(LargeObject* large)
  {
    space::judge_use(large);
    large->zero = large->fresh = false;
    if (visit.heap() == nullptr || !visit.heap()->large_cache.put(large))
      space::free_range(large);
  }

  // With checks.
  void free_closed(LargeObject* large)
  {
    set_access(large, 0, open_bytes(large->layout.size), false);
    if (visit.heap() != nullptr)
      visit.heap()->put_into_quarantine(large);
    else
      space::free_range(large);
  }

  // In the heap's own figures, inside its bracket.
  SN_INLINE void count(const LargeChange& change)
  {
    if (SN_LIKELY(visit.heap() != nullptr))
      visit.heap()->counts.large.add(change);
    else
      registry::count_without_heap(change);
  }

private:
  Visit visit;
};

SN_INLINE void set_tag(const LargeObject* large, Tag tag)
{
  size_t most = config::checks ? most_tagged_bytes : 1;
  size_t tagged = large->bytes() < most ? large->bytes() : most;
  if constexpr (!config::checks) // the first chunk of a range names it already
    return page_map::entry_of(large->base).tag.store(tag, std::memory_order_relaxed);
  uint32_t index = arena::index_of(large);
  for (uintptr_t at = large->base; at < large->base + tagged; at += config::chunk_bytes)
  {
    Entry& entry = page_map::entry_of(at);
    entry.range.store(index, std::memory_order_relaxed);
    entry.tag.store(tag, std::memory_order_release); // see front/usable.cc
  }
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
  size_t purged = config::checks ? open_bytes(size) : large->bytes();
  bool is_worth_it = size >= config::purge_to_clear_bytes && (config::checks || !space::are_used_wholly());
  if (is_worth_it && os::clear(start, purged))
  {
    large->fresh = true;
    return;
  }
  if constexpr (config::checks)
    fill::clear(large->base, large->base + size);
  else
    memset(start, 0, size);
  // Those that might have been given back are judged, too: otherwise one that was used wholly would speak for all.
  large->fresh = size >= config::purge_to_clear_bytes;
}

// With checks: the last byte's page ends what is accessible, and the rest of it holds the fill.
void fill_slack(const LargeObject* large)
{
  fill::write_bytes(large->base + large->layout.size, large->base + open_bytes(large->layout.size));
}

[[maybe_unused]] bool open(LargeObject* large, Layout layout)
{
  size_t bytes = open_bytes(layout.size);
  if (!set_access(large, 0, bytes, true))
    return false;
  if (!large->zero)
    clear(large, layout.size);
  large->layout = layout;
  large->wiped = false;
  fill_slack(large);
  return true;
}

// With checks: the pages of the object change within its range, or none of it is done.
bool resize_open(LargeObject* large, size_t new_size)
{
  size_t old_bytes = open_bytes(large->layout.size);
  size_t new_bytes = open_bytes(new_size);
  if (least_chunks_for(new_size) > large->chunks)
    return false;
  if (new_bytes > old_bytes)
  {
    if (!set_access(large, old_bytes, new_bytes, true))
      return false;
    fill::clear(large->base + old_bytes, large->base + new_bytes);
  }
  else
    set_access(large, new_bytes, old_bytes, false);
  large->layout.size = new_size;
  fill_slack(large);
  return true;
}

// False: it stays as it is, too small. One that cannot be made smaller for want of metadata serves as it is.
bool resize_in_range(LargePath& path, LargeObject* large, size_t new_size)
{
  size_t old_bytes = large->bytes();
  uint32_t chunks = class_for(new_size).chunks();
  if (config::checks && !resize_open(large, new_size))
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
  size_t old_bytes = config::checks ? open_bytes(large->layout.size) : large->bytes();
  if (old_bytes < config::move_pages_bytes)
    return nullptr;
  LargeObject* to = config::checks ? path.allocate(layout) : path.allocate_clean(layout);
  if (to == nullptr)
    return nullptr;
  size_t new_bytes = config::checks ? open_bytes(layout.size) : to->bytes();
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
  {
    to->layout = layout;
    to->wiped = false;
    fill_slack(to);
  }
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
} // namespace

void* allocate_large(Layout layout, bool zero, Heap* private_heap)
{
  LargePath path(private_heap);
  LargeObject* large = path.allocate(layout);
  if (large == nullptr)
    return nullptr;
  if constexpr (config::checks)
  {
    if (!open(large, layout))
    {
      close_all(large);
      space::free_range(large);
      return nullptr;
    }
  }
  else if (zero && !large->zero)
    clear(large, layout.size);
  large->profile = 0;
  path.count({1, 0, large->bytes(), 0});
  return object_in(large, private_heap == nullptr ? 0 : owner_of(private_heap->tag));
}

void free_large(void* object, Layout passed, Heap* private_heap)
{
  LargePath path(private_heap);
  LargeObject* large = large_at(object);
  if constexpr (config::checks)
  {
    // Of two threads that free it, one gets no further.
    if (uintptr_t(object) % config::chunk_bytes == 0)
      if (page_map::entry_of(uintptr_t(object)).tag.exchange(free_tag, std::memory_order_relaxed) != large_tag)
        misuse::given_back_already(misuse::Act::free, object);
    verify_large(object, misuse::Act::free, passed);
  }
  leave_list(large);
  set_tag(large, free_tag);
  path.count({0, 1, 0, large->bytes()});
  if constexpr (config::checks)
    path.free_closed(large);
  else
    path.free(large);
}

void verify_large(const void* object, misuse::Act act, Layout passed)
{
  const LargeObject* large = large_at(object);
  auto* start = reinterpret_cast<void*>(large->base);
  if (object != start)
    misuse::inside_object(act, object, start, large->layout.size);
  if (!Layout(large->layout).agrees_with(passed))
    misuse::wrong_layout(act, object, passed, large->layout);
  uintptr_t slack = large->base + large->layout.size;
  uintptr_t end = large->base + open_bytes(large->layout.size);
  if (slack != end && !fill::is_whole_behind(slack, end))
    misuse::written_behind(fill::find_changed_byte(slack, end), object, large->layout.size);
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
  if (!config::checks && path.has_resident(layout.size))
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

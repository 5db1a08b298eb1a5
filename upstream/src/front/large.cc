#include "front/large.h"

#include "os/os.h"
#include "range/space.h"

#include <string.h>

namespace sn
{
namespace
{
// Large objects belong to no heap, but a child of fork must not find an operation half done: like all slow paths these
// are brackets that fork waits for; but for a thread that the system refuses memory for a heap.
class LargePath
{
public:
  LargePath()
  {
    if (visit.heap() != nullptr)
      visit.heap()->enter();
  }
  ~LargePath()
  {
    if (visit.heap() != nullptr)
      visit.heap()->leave();
  }
  LargePath(const LargePath&) = delete;
  LargePath& operator=(const LargePath&) = delete;

  Range* allocate(size_t alignment, size_t size, bool* zero)
  {
    if (size > space::max_bytes || alignment > space::max_bytes)
      return nullptr;
    auto align_chunks = uint32_t(alignment > config::chunk_bytes ? alignment >> config::chunk_log2 : 1);
    uint32_t chunks = space::chunks_for(size);
    Range* range = space::allocate(chunks, align_chunks, zero);
    if (range != nullptr || visit.heap() == nullptr)
      return range;
    visit.heap()->release_spares();
    return space::allocate(chunks, align_chunks, zero);
  }

private:
  Visit visit;
};

Range* range_of(const void* object)
{
  return range_at(uintptr_t(object));
}

void set_tag(const Range* range, Tag tag)
{
  page_map::entry_of(range->base).tag.store(tag, std::memory_order_relaxed);
}

void* object_in(const Range* range)
{
  set_tag(range, large_tag);
  return reinterpret_cast<void*>(range->base);
}

void clear(const Range* range, size_t size)
{
  auto* start = reinterpret_cast<void*>(range->base);
  if (size < config::purge_to_clear_bytes || !os::clear(start, range->bytes()))
    memset(start, 0, size);
}
} // namespace

void* allocate_large(size_t alignment, size_t size, bool zero)
{
  LargePath path;
  bool is_zero;
  Range* range = path.allocate(alignment, size, &is_zero);
  if (range == nullptr)
    return nullptr;
  void* object = object_in(range);
  if (zero && !is_zero)
    clear(range, size);
  return object;
}

void free_large(void* object)
{
  LargePath path;
  Range* range = range_of(object);
  set_tag(range, 0);
  space::free(range);
}

void* resize_large(void* object, size_t alignment, size_t new_size)
{
  if (new_size > space::max_bytes)
    return nullptr;
  LargePath path;
  Range* range = range_of(object);
  uint32_t chunks = space::chunks_for(new_size);
  // A range that cannot be made smaller for want of metadata serves as it is.
  if (chunks < range->chunks)
    space::shrink(range, chunks);
  if (chunks <= range->chunks || space::grow(range, chunks))
    return object;
  if (range->bytes() < config::move_pages_bytes)
    return nullptr;
  bool zero;
  Range* to = path.allocate(alignment, new_size, &zero);
  if (to == nullptr)
    return nullptr;
  set_tag(range, 0);
  if (space::move(range, to))
    return object_in(to);
  set_tag(range, large_tag);
  return nullptr;
}
} // namespace sn

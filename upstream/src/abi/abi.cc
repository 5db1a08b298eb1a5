// The C interface: each function is one call into front/.
#include "front/allocate.h"
#include "front/free.h"
#include "front/private_heap.h"
#include "front/resize.h"
#include "front/trim.h"
#include "front/usable.h"
#include "meta/usage.h"
#include "snmalloc.h"
#include "snmalloc_fast.h"

void* sn_rust_alloc(size_t alignment, size_t size)
{
  return sn::allocate(alignment, size);
}

void* sn_rust_alloc_zeroed(size_t alignment, size_t size)
{
  return sn::allocate_zeroed(alignment, size);
}

void sn_rust_dealloc(void* ptr, size_t alignment, size_t size)
{
  sn::free(ptr, {alignment, size});
}

void* sn_rust_realloc(void* ptr, size_t alignment, size_t old_size, size_t new_size)
{
  if (SN_UNLIKELY(ptr == nullptr))
    return sn::allocate(alignment, new_size);
  return sn::resize(ptr, alignment, old_size, new_size);
}

size_t sn_rust_resize_in_place(void* ptr, size_t alignment, size_t old_size, size_t new_size)
{
  return sn::resize_in_place(ptr, alignment, old_size, new_size);
}

size_t sn_rust_usable_size(const void* ptr)
{
  return sn::find_usable_bytes(ptr);
}

size_t sn_rust_live_size(const void* ptr)
{
  return sn::usable_bytes(ptr);
}

size_t sn_rust_good_size(size_t alignment, size_t size)
{
  return sn::good_bytes(alignment, size);
}

void sn_rust_statistics(size_t* current, size_t* peak)
{
  if (current != nullptr)
    *current = sn::usage::held_bytes.load(std::memory_order_relaxed);
  if (peak != nullptr)
    *peak = sn::usage::peak_bytes.load(std::memory_order_relaxed);
}

void sn_thread_counters(size_t* allocated, size_t* freed)
{
  const sn::Heap* heap = sn::own_heap();
  sn::ThreadCounts counts = heap == nullptr ? sn::ThreadCounts{} : heap->thread_counts;
  if (allocated != nullptr)
    *allocated = counts.allocated_bytes;
  if (freed != nullptr)
    *freed = counts.freed_bytes;
}

namespace
{
sn::Heap* heap_of(sn_heap* handle)
{
  return reinterpret_cast<sn::Heap*>(handle);
}
} // namespace

sn_heap* sn_heap_new(void)
{
  return reinterpret_cast<sn_heap*>(sn::create_private_heap());
}

void sn_heap_delete(sn_heap* heap)
{
  sn::end_private_heap(heap_of(heap));
}

void* sn_heap_alloc(sn_heap* heap, size_t alignment, size_t size)
{
  return sn::allocate(alignment, size, heap_of(heap));
}

void* sn_heap_alloc_zeroed(sn_heap* heap, size_t alignment, size_t size)
{
  return sn::allocate_zeroed(alignment, size, heap_of(heap));
}

void sn_heap_dealloc(sn_heap* heap, void* ptr, size_t alignment, size_t size)
{
  sn::free_any(ptr, {alignment, size}, heap_of(heap));
}

void* sn_heap_realloc(sn_heap* heap, void* ptr, size_t alignment, size_t old_size, size_t new_size)
{
  return sn::resize(ptr, alignment, old_size, new_size, heap_of(heap));
}

size_t sn_trim(void)
{
  return sn::trim();
}

static_assert(
  sizeof(sn_options) == sizeof(sn::Options) && offsetof(sn_options, huge_pages) == offsetof(sn::Options, huge_pages) &&
    offsetof(sn_options, memory_limit) == offsetof(sn::Options, memory_limit_bytes) &&
    offsetof(sn_options, idle_purge) == offsetof(sn::Options, idle_purge) &&
    offsetof(sn_options, stats) == offsetof(sn::Options, stats),
  "the program's options are read as they are");

void* sn_rust_alloc_slow(size_t alignment, size_t size)
{
  return sn::allocate_slow(alignment, size);
}

void sn_rust_fast_layout(sn_fast_layout* layout)
{
  static_assert(offsetof(sn::Entry, tag) == 0, "the tag comes first in its entry");
  *layout = {
    sn::config::small_max_bytes,
    sn::class_step_bytes,
    sn::class_count,
    sn::page_map::leaf_log2,
    sn::config::chunk_log2,
    sizeof(sn::Entry),
    offsetof(sn::Magazines, tops),
    offsetof(sn::Magazines, limits),
    offsetof(sn::Magazines, tag),
    sn::config::profiles ? offsetof(sn::Magazines, countdown) : 0,
    sn::no_heap_yet.class_table.of,
  };
}
